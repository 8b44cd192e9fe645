package watch

import "strings"

// A column of a table. Columns leave in the order of their drop number, highest
// first, when the terminal is too narrow; 0 stays.
type column struct {
	title string
	right bool // numbers stand to the right
	drop  int
	cells []line
}

const gap = 2 // columns between the columns of a table

// table lays columns side by side in at most width terminal columns, 0 for as
// many as they need. The last column takes what is left and is cut there. The
// first line is the titles, also when all are empty.
func table(width int, cols []column) []line {
	cols, widths := choose(width, cols)
	rows := make([]line, 0, len(cols[0].cells)+1)
	titles := make([]line, len(cols))
	for i, c := range cols {
		titles[i] = line{{text: c.title, tone: faint}}
	}
	rows = append(rows, row(cols, widths, titles))
	for r := range cols[0].cells {
		cells := make([]line, len(cols))
		for i, c := range cols {
			cells[i] = c.cells[r]
		}
		rows = append(rows, row(cols, widths, cells))
	}
	return rows
}

// choose drops columns until the rest fits, and tells their widths.
func choose(width int, cols []column) ([]column, []int) {
	for {
		widths, total, weakest := make([]int, len(cols)), 0, 0
		for i, c := range cols {
			widths[i] = textWidth(c.title)
			for _, cell := range c.cells {
				widths[i] = max(widths[i], cell.width())
			}
			if total += widths[i]; i > 0 {
				total += gap
			}
			if c.drop > cols[weakest].drop {
				weakest = i
			}
		}
		last := len(cols) - 1
		if width <= 0 || total <= width {
			return cols, widths
		}
		if room := width - (total - widths[last]); room >= min(widths[last], enough) || cols[weakest].drop == 0 {
			widths[last] = max(room, 0)
			return cols, widths
		}
		rest := make([]column, 0, last)
		rest = append(rest, cols[:weakest]...)
		cols = append(rest, cols[weakest+1:]...)
	}
}

// enough is how much of a last column is worth showing cut.
const enough = 10

func row(cols []column, widths []int, cells []line) line {
	var out line
	for i, cell := range cells {
		if i > 0 {
			out = append(out, span{text: strings.Repeat(" ", gap)})
		}
		if cols[i].right {
			out = append(out, text("").fit(widths[i]-cell.width())...)
			out = append(out, cell.cut(widths[i])...)
		} else {
			out = append(out, cell.fit(widths[i])...)
		}
	}
	return out
}
