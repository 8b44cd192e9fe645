package gremio

import (
	"testing"
	"time"
)

func TestOwnSince(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }
	held := func(member string, from, until int) Holding {
		h := Holding{Plate: "A", Member: member, From: at(from)}
		if until > 0 {
			end := at(until)
			h.Until = &end
		}
		return h
	}
	for name, test := range map[string]struct {
		held []Holding
		want time.Time
	}{
		"no member ever":                          {nil, time.Time{}},
		"the first member, and before joining":    {[]Holding{held("ana", 1, 0)}, time.Time{}},
		"one who left and came back":              {[]Holding{held("ana", 1, 2), held("ana", 3, 0)}, time.Time{}},
		"one who bought it":                       {[]Holding{held("ana", 1, 2), held("beto", 2, 0)}, at(2)},
		"one who came after it was free":          {[]Holding{held("ana", 1, 2), held("beto", 5, 0)}, at(5)},
		"one who bought it, left and came back":   {[]Holding{held("ana", 1, 2), held("beto", 5, 6), held("beto", 8, 0)}, at(5)},
		"one who sold it and bought it back":      {[]Holding{held("ana", 1, 2), held("beto", 2, 3), held("ana", 3, 0)}, at(3)},
		"nobody now":                              {[]Holding{held("ana", 1, 2)}, at(2)},
		"the last of three, who is still with it": {[]Holding{held("ana", 1, 2), held("beto", 2, 3), held("carla", 3, 0)}, at(3)},
	} {
		if got := OwnSince(test.held); !got.Equal(test.want) {
			t.Errorf("%s: since %s, want %s", name, got, test.want)
		}
	}
}
