// Package reports renders plans, histories and verdicts to an io.Writer: as text for a terminal, as
// JSON, as JUnit XML and as a curl script.
//
// It is pure: no clock, no terminal, no files. The caller says how wide and how colourful a page
// may be, and hands over everything that is shown in a [Document].
package reports
