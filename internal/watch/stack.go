package watch

import "fmt"

// stack puts sections one below another in at most room lines, 0 for as many as
// they need. When room is short the later sections leave, the rest share it.
func stack(all []section, width, room int) []line {
	rows := make([][]line, len(all))
	for i, s := range all {
		if s.count > 0 {
			rows[i] = s.rows(width)
		}
	}
	shown := len(all)
	spaced := room == 0 || fixed(all, true)+least(rows) <= room
	for room > 0 && !spaced && shown > 1 && fixed(all[:shown], false)+least(rows[:shown]) > room {
		shown--
	}
	if room > 0 && fixed(all[:shown], spaced)+1 > room {
		all[0].titles = false // a row says more
		rows[0] = rows[0][min(1, len(rows[0])):]
	}
	shares := share(all[:shown], rows[:shown], room, spaced)
	var out []line
	for i, s := range all[:shown] {
		if i > 0 && spaced {
			out = append(out, line{})
		}
		out = append(out, s.head())
		if s.titles && len(rows[i]) > 0 {
			out = append(out, rows[i][0])
			rows[i] = rows[i][1:]
		}
		out = append(out, s.window(rows[i], shares[i])...)
	}
	return out
}

func (s section) head() line {
	if s.count == 0 {
		return line{{s.title, strong}, {"  " + s.words.none, faint}}
	}
	return line{{s.title, strong}, {fmt.Sprintf("  %d", s.count), faint}}
}

// fixed is the lines that sections take apart from their rows.
func fixed(all []section, spaced bool) (n int) {
	for i, s := range all {
		n++
		if s.titles && s.count > 0 {
			n++
		}
		if spaced && i > 0 {
			n++
		}
	}
	return n
}

// least is a line for each section that has rows and two where there are more.
func least(rows [][]line) (n int) {
	for _, r := range rows {
		n += min(len(r), 2)
	}
	return n
}

// share gives each section its number of rows, by turns according to weight, up to what it wants.
func share(all []section, rows [][]line, room int, spaced bool) []int {
	shares, wants := make([]int, len(all)), make([]int, len(all))
	open := 0
	for i, s := range all {
		if wants[i] = len(rows[i]); s.titles && wants[i] > 0 {
			wants[i]--
		}
		open += wants[i]
	}
	if room == 0 {
		return wants
	}
	free := min(room-fixed(all, spaced), open)
	for free > 0 {
		for i, s := range all {
			n := min(s.weight, wants[i]-shares[i], free)
			shares[i] += n
			free -= n
		}
	}
	return shares
}

// window is the rows that fit in n lines from the section's scroll on, and lines
// that tell how many stand before and after them. A scroll beyond the end is put right.
func (s section) window(rows []line, n int) []line {
	if len(rows) <= n {
		return rows
	}
	if n < 2 {
		return rows[:n]
	}
	first := 0
	if s.skip != nil {
		*s.skip = max(min(*s.skip, len(rows)-n), 0)
		first = *s.skip
	}
	var out []line
	if first > 0 {
		first++ // the line that says so takes the place of a row
		out = append(out, line{{fmt.Sprintf(s.words.before, first), faint}})
	}
	last := first + n - len(out)
	if last < len(rows) {
		last--
	}
	out = append(out, rows[first:last]...)
	if last < len(rows) {
		out = append(out, line{{fmt.Sprintf(s.words.more, len(rows)-last), faint}})
	}
	return out
}
