package gremio

import "time"

// Whoever bears a plate now sees what happened under it since then, and nothing
// of those who bore it before.

// OwnSince returns since when what bears a plate is its present bearer's, by all
// who held it: the zero time when nobody else ever did.
func OwnSince(held []Holding) (since time.Time) {
	if len(held) == 0 {
		return since
	}
	last := held[len(held)-1]
	if last.Until != nil {
		return *last.Until // it is nobody's; what was before is not for whoever comes
	}
	for i := len(held) - 1; i >= 0 && held[i].Member == last.Member; i-- {
		since = held[i].From
		if i == 0 {
			return time.Time{}
		}
	}
	return since
}

// Since returns the cart without what was before t.
func (c Cart) Since(t time.Time) Cart {
	if c.FixedAt != nil && c.FixedAt.Before(t) {
		c.Where, c.FixedAt, c.Speed, c.Heading, c.Accuracy, c.Battery = Where{}, nil, nil, nil, nil, nil
	}
	for _, at := range []**time.Time{&c.HeardAt, &c.ShiftStartedAt} {
		if *at != nil && (*at).Before(t) {
			*at = nil
		}
	}
	return c
}

// VendorDayOf returns the figures of a part of a vendor's day from its sales.
// Who comes often is no matter of one day.
func VendorDayOf(plate Plate, sales []Sale) VendorDay {
	v := VendorDay{Plate: plate}
	clients, hours := map[string]bool{}, [24]int{}
	for _, s := range sales {
		if s.VoidedAt != nil {
			continue
		}
		v.Sales++
		v.Units += s.Units
		hours[s.Hour] += s.Units
		if s.ClientKey != "" {
			v.NamedSales++
			v.NamedUnits += s.Units
			clients[s.ClientKey] = true
		}
		if s.Amount != nil {
			total := *s.Amount
			if v.Takings != nil {
				total += *v.Takings
			}
			v.Takings = &total
		}
		if v.FirstSale == nil || s.Time.Before(*v.FirstSale) {
			v.FirstSale = &s.Time
		}
		if v.LastSale == nil || s.Time.After(*v.LastSale) {
			v.LastSale = &s.Time
		}
	}
	v.Clients, v.BusiestHour = len(clients), BusiestHour(hours)
	v.means()
	return v
}
