package house

// The names of the measures, as the table below has them.
const (
	names       = "exported names, constants apart"
	allNames    = "exported names of the words, with constants"
	files       = "files"
	lineCount   = "lines"
	methodFiles = "files that hold methods of one type"
)

// Why something is larger than its limit.
const (
	words      = "contract, plan and history name each other: one cannot be read without the others"
	judging    = "all rules share what is known of one operation and of one history"
	oneAttempt = "one attempt on its way, from the dial to the last byte; evidence and order could part"
	bugKinds   = "a file per kind of bug, and each is read alone"
	measuring  = "one document, which the page, the table and CI read"
	oneSubject = "one subject from its plan to its smallest counterexample"
	oneReading = "one reading from its message to what it shows; pages and messages could part"
	everyLine  = "a check for every line that a contract may have, and each is read alone"
	oneReport  = "one report from its headline to what was tried; its parts are rooms below it already"
	shownWhole = "its files are read one after the other, a step each"
)

// ceiling is a number that is above its limit for a reason. It may only fall.
type ceiling struct {
	at  int
	why string
}

// ceilings lists what is larger than its limit, by measure and by what is counted. Lines are counted in
// whole hundreds.
var ceilings = map[[2]string]ceiling{
	{names, "model"}:                                              {36, words},
	{files, "chaos/internal/network"}:                             {20, oneAttempt},
	{files, "model/judge"}:                                        {30, judging},
	{files, "reference/internal/bugs"}:                            {30, bugKinds},
	{lineCount, "chaos/internal/network"}:                         {3300, oneAttempt},
	{lineCount, "model/judge"}:                                    {5300, judging},
	{lineCount, "harness/contract/internal/check"}:                {1700, everyLine},
	{lineCount, "harness/observe"}:                                {1550, oneReading},
	{lineCount, "reports"}:                                        {1600, oneReport},
	{lineCount, "reference/internal/bugs"}:                        {3500, bugKinds},
	{methodFiles, "cmd/idemcheck/internal/calibrate.BugResult"}:   {3, measuring},
	{methodFiles, "cmd/idemcheck/internal/calibrate.Calibration"}: {6, measuring},
	{methodFiles, "cmd/idemcheck/internal/measuring.measurement"}: {6, oneSubject},
	{methodFiles, "examples/bookings.service"}:                    {3, shownWhole},
	{methodFiles, "model/judge.hit"}:                              {5, judging},
	{methodFiles, "model/judge.index"}:                            {16, judging},
	{methodFiles, "model/judge.operationView"}:                    {13, judging},
	{methodFiles, "model/judge.view"}:                             {13, judging},
}
