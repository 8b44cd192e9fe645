package gremio

import "time"

// At returns the member as the guild knew the membership at t, from all that
// happened to it and the plates that were held. The person stays as known now: a
// correction says what was true all along.
func (m Member) At(t time.Time, history []MemberEvent, held []Holding) Member {
	m.State, m.LeftAt, m.Plate = MemberActive, nil, ""
	m.SuspendedAt, m.SuspendedUntil, m.SuspendedReason = nil, nil, ""
	for _, e := range history {
		if !e.At.Before(t) {
			break
		}
		if e.Tier != "" {
			m.Tier = e.Tier
		}
		m.happens(e)
	}
	var longest *Holding
	for i, h := range held {
		holds := h.From.Before(t) && (h.Until == nil || !h.Until.Before(t))
		if holds && (longest == nil || h.From.Before(longest.From) || h.From.Equal(longest.From) && h.Plate < longest.Plate) {
			longest = &held[i]
		}
	}
	if longest != nil {
		m.Plate = longest.Plate
	}
	return m
}

func (m *Member) happens(e MemberEvent) {
	switch e.Kind {
	case "suspended":
		if m.SuspendedAt == nil {
			m.SuspendedAt = &e.At
		}
		m.State, m.SuspendedUntil, m.SuspendedReason = MemberIsSuspended, e.Until, e.Reason
	case "resumed", "returned":
		m.State, m.LeftAt, m.SuspendedAt, m.SuspendedUntil, m.SuspendedReason = MemberActive, nil, nil, nil, ""
	case "left":
		m.State, m.LeftAt, m.SuspendedAt, m.SuspendedUntil, m.SuspendedReason = MemberHasLeft, &e.At, nil, nil, ""
	}
}
