package torture

import (
	"context"
	"database/sql"
	"strings"
)

// levels compares each cart's dough, and who waits for more.
func (j *judge) levels(ctx context.Context) error {
	levels := map[string]int{}
	if err := j.h.rows(ctx, "SELECT plate, units FROM stock_levels", func(scan func(...any) error) error {
		var plate string
		var units int
		err := scan(&plate, &units)
		levels[plate] = units
		return err
	}); err != nil {
		return err
	}
	live, opened := map[string]int{}, map[string]int{}
	if err := j.h.rows(ctx, "SELECT plate, state FROM replenishments", func(scan func(...any) error) error {
		var plate, state string
		err := scan(&plate, &state)
		opened[plate]++
		if state != "closed" {
			live[plate]++
		}
		return err
	}); err != nil {
		return err
	}
	sold := map[string]bool{}
	for _, e := range j.b.events {
		if e.acked && (e.kind == "sale" || e.kind == "stock_count") {
			sold[e.plate] = true
		}
	}
	for plate := range sold {
		c := j.b.carts[plate]
		if c == nil {
			continue
		}
		if c.role != ledger {
			j.want("level of "+plate, c.level, levels[plate])
		}
		if c.role != ledger && c.role != hasty { // of these two, what was opened meanwhile depends on the order of arrival
			j.want("replenishments ever opened for "+plate, c.opened, opened[plate])
		}
		due := 0
		if levels[plate] < threshold {
			due = 1
		}
		j.want("live replenishments of "+plate+", whose level is below 20 or not", due, live[plate])
	}
	return nil
}

// deliveries looks at stops: no replenishment on two, five at most, each
// confirmation counted.
func (j *judge) deliveries(ctx context.Context) error {
	stops, trips, confirmed := map[string]int{}, map[string]int{}, map[string]int{}
	if err := j.h.rows(ctx, "SELECT s.delivery_id, s.replenishment_id, s.plate, s.state, s.confirmed_by, d.prepared_at, r.opened_at"+
		" FROM stops s JOIN deliveries d ON d.delivery_id = s.delivery_id LEFT JOIN replenishments r ON r.replenishment_id = s.replenishment_id", func(scan func(...any) error) error {
		var delivery, replenishment, plate, state string
		var by sql.NullString
		var prepared int64
		var opened sql.NullInt64
		err := scan(&delivery, &replenishment, &plate, &state, &by, &prepared, &opened)
		stops[replenishment]++
		trips[delivery]++
		if state == "confirmed" && by.String != "figure" {
			confirmed[plate]++
		}
		if !opened.Valid {
			j.say("wrong", -1, "delivery %s stops at %s for replenishment %s, which there is not", delivery, plate, replenishment)
		}
		return err
	}); err != nil {
		return err
	}
	for r, n := range stops {
		if n > 1 {
			j.say("doubled", -1, "replenishment %s is on %d deliveries", r, n)
		}
	}
	for d, n := range trips {
		if n > stopsAtMost {
			j.say("wrong", -1, "delivery %s has %d stops", d, n)
		}
	}
	for plate, c := range j.b.carts {
		j.want("stops confirmed at "+plate, c.confirmed, confirmed[plate])
	}
	return nil
}

func (j *judge) positions(ctx context.Context) error {
	fixes, err := j.h.counts(ctx, "SELECT event_id FROM track")
	if err != nil {
		return err
	}
	j.once("position", fixes)
	states := map[string]string{}
	if err := j.h.rows(ctx, "SELECT plate, state FROM positions", func(scan func(...any) error) error {
		var plate, state string
		err := scan(&plate, &state)
		states[plate] = state
		return err
	}); err != nil {
		return err
	}
	for plate, c := range j.b.carts {
		switch {
		case c.fixes == 0:
		case c.role == errand || c.role == beacon || c.back:
			j.want("state of "+plate+", which ended its shift", "off_shift", states[plate])
		case c.role == mute:
			j.want("state of "+plate+", which fell silent", "missing", states[plate])
		}
	}
	seen, err := j.h.counts(ctx, "SELECT sighting_id FROM sightings")
	if err != nil {
		return err
	}
	j.once("sighting", seen)
	return nil
}

// alerts compares alerts with their causes: unknown carts, sightings, silences.
func (j *judge) alerts(ctx context.Context) error {
	unknown, silent, sightings := map[string]int{}, map[string]int{}, 0
	states := map[string]string{}
	if err := j.h.rows(ctx, "SELECT alert_id, kind, plate, state, cause FROM alerts", func(scan func(...any) error) error {
		var id, kind, state, cause string
		var plate sql.NullString
		err := scan(&id, &kind, &plate, &state, &cause)
		states[id] = state
		switch kind {
		case "unknown_cart":
			unknown[plate.String]++
		case "silent":
			silent[plate.String]++
		case "sighting":
			sightings++
		case "stock_mismatch", "rejected": // what may be rejected is judged by itself
		default:
			j.say("wrong", -1, "an alert that there should not be: %s %s: %s", kind, plate.String, cause)
		}
		return err
	}); err != nil {
		return err
	}
	heard := map[string]bool{}
	for _, e := range j.b.events {
		if e.acked && (e.kind == "sale" || e.kind == "position") {
			heard[e.plate] = true
		}
	}
	for plate, c := range j.b.carts {
		want := 0
		if heard[plate] && !c.known {
			want = 1
		}
		j.want("alerts of the unknown cart "+plate, want, unknown[plate])
		j.want("alerts of silence of "+plate, c.silent, silent[plate])
	}
	j.want("alerts of sightings", len(j.events("sighting")), sightings)
	for id := range j.b.acks {
		if states[id] == "open" {
			j.say("lost", -1, "alert %s was acknowledged, and is open", id)
		}
	}
	return nil
}

func (j *judge) applications(ctx context.Context) error {
	got, state, members, codes := map[string]int{}, map[string]string{}, map[string]int{}, map[string]string{}
	if err := j.h.rows(ctx, "SELECT application_id, state FROM applications", func(scan func(...any) error) error {
		var id, s string
		err := scan(&id, &s)
		got[id]++
		state[id] = s
		return err
	}); err != nil {
		return err
	}
	j.once("application", got)
	if err := j.h.rows(ctx, "SELECT application_id, plate, tier FROM members", func(scan func(...any) error) error {
		var id, plate, tier string
		err := scan(&id, &plate, &tier)
		members[id]++
		codes[id] = tier + " " + plate
		return err
	}); err != nil {
		return err
	}
	emails := map[string]string{}
	listed, err := list[struct{ ID, Email string }](ctx, j, "/v1/applications")
	if err != nil {
		return err
	}
	for _, a := range listed {
		emails[a.ID] = a.Email
	}
	for _, a := range j.l.applicants.all {
		if !a.acked {
			continue
		}
		wantState, wantMembers := "approved", 1
		if a.waits {
			wantState, wantMembers = "waiting", 0
		}
		j.want("state of application "+a.id, wantState, state[a.id])
		j.want("members by application "+a.id, wantMembers, members[a.id])
		if wantMembers == 1 && !strings.HasPrefix(codes[a.id], a.tier+" "+a.plate) {
			j.want("tier and plate of the member by application "+a.id, a.tier+" "+a.plate, codes[a.id])
		}
		j.want("e-mail of application "+a.id, a.email, emails[a.id])
	}
	return nil
}

// rejections may be there for other words under a used id, for a second try of
// what was done already, and for nothing else.
func (j *judge) rejections(ctx context.Context) error {
	for _, worker := range readers {
		if err := j.h.rows(ctx, "SELECT event_id, event_type, reason FROM "+worker+"_rejections", func(scan func(...any) error) error {
			var id, kind, reason string
			if err := scan(&id, &kind, &reason); err != nil {
				return err
			}
			e := j.b.events[id]
			switch {
			case strings.HasPrefix(reason, "id reused") && e != nil && e.reused:
			case reason == "the stop is confirmed already", reason == "the alert is not open":
			default:
				j.say("wrong", -1, "worker %s rejected %s %s: %s", worker, kind, id, reason)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
