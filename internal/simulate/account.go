package simulate

import "sync"

// Counts is the guild's own account of its events. Made less Acknowledged less
// Refused is what is on its way or was when the guild stopped.
type Counts struct {
	Made, Acknowledged, Refused int
	Retries                     int            // attempts after the first one of an event
	ByKind                      map[string]int // acknowledged, by kind: position, sale, application, ...
	UnitsSold                   int            // in acknowledged sales
	Confirmed                   int            // stops of deliveries
}

type account struct {
	mu sync.Mutex
	c  Counts
}

func (a *account) change(f func(*Counts)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.c.ByKind == nil {
		a.c.ByKind = make(map[string]int)
	}
	f(&a.c)
}

func (a *account) counts() (c Counts) {
	a.change(func(now *Counts) {
		c = *now
		c.ByKind = make(map[string]int, len(now.ByKind))
		for kind, n := range now.ByKind {
			c.ByKind[kind] = n
		}
	})
	return c
}

// attrs is the account as the arguments of one line of the log.
func (a *account) attrs() []any {
	c := a.counts()
	return []any{
		"positions", c.ByKind[kindPosition], "sales", c.ByKind[kindSale], "units", c.UnitsSold,
		"applications", c.ByKind[kindApplication], "sightings", c.ByKind[kindSighting],
		"stops", c.Confirmed, "retries", c.Retries, "refused", c.Refused,
		"pending", c.Made - c.Acknowledged - c.Refused,
	}
}
