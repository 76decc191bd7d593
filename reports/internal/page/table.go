package page

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// Table writes rows as aligned columns under a header, two spaces apart; columns of whole numbers
// are aligned to the right. Rows may be shorter than the header.
func Table(w io.Writer, header []string, rows [][]string) error {
	return Write(w, "a table", strings.Join(Columns(header, rows), "\n")+"\n")
}

// Columns returns the lines of a table, header first.
func Columns(header []string, rows [][]string) []string {
	all := append([][]string{header}, rows...)
	widths, numeric := make([]int, len(header)), make([]bool, len(header))
	for c := range header {
		numeric[c] = len(rows) > 0
		for r, row := range all {
			widths[c] = max(widths[c], utf8.RuneCountInString(words.Clean(cell(row, c))))
			numeric[c] = numeric[c] && (r == 0 || isNumber(cell(row, c)))
		}
	}
	lines := make([]string, 0, len(all))
	for _, row := range all {
		lines = append(lines, tableLine(row, widths, numeric))
	}
	return lines
}

func tableLine(row []string, widths []int, right []bool) string {
	cells := make([]string, len(widths))
	for c, width := range widths {
		cells[c] = padded(words.Clean(cell(row, c)), width, right[c])
	}
	return strings.TrimRight(strings.Join(cells, "  "), " ")
}

// padded fills a text up with blanks, in front of it where it stands on the right.
func padded(text string, width int, right bool) string {
	pad := strings.Repeat(" ", width-utf8.RuneCountInString(text))
	if right {
		return pad + text
	}
	return text + pad
}

func cell(row []string, c int) string {
	if c < len(row) {
		return row[c]
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
