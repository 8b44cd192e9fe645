package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"gremio"
)

const cartColumns = "cart_id, plate, " + placeColumns + ", fixed_at, accuracy, speed, heading, battery, heard_at, state, shift_started_at, shift_ended_at, shift_ended_by, paused_at, missed_alert, first_named_at, placed_by_sale"

func scanCart(row scanner) (gremio.CartRecord, error) {
	var c gremio.CartRecord
	var where nullPlace
	var fixed, heard, shift, ended, paused sql.NullInt64
	var accuracy, speed, heading, battery sql.NullFloat64
	var endedBy, missed sql.NullString
	var first int64
	dest := append([]any{&c.CartID, &c.Plate}, where.dest()...)
	err := row.Scan(append(dest, &fixed, &accuracy, &speed, &heading, &battery, &heard, &c.State, &shift, &ended, &endedBy, &paused, &missed, &first, &c.PlacedBySale)...)
	c.Place, c.FixedAt, c.HeardAt = where.place(), instantOrNil(fixed), instantOrNil(heard)
	c.ShiftEndedAt, c.ShiftEndedBy = instantOrNil(ended), endedBy.String
	c.ShiftStartedAt, c.PausedAt, c.MissedAlert, c.FirstNamedAt = instantOrNil(shift), instantOrNil(paused), missed.String, instant(first)
	c.Accuracy, c.Speed, c.Heading, c.Battery = floatOrNil(accuracy), floatOrNil(speed), floatOrNil(heading), floatOrNil(battery)
	return c, err
}

// LockCarts reads the rows of carts, those that exist, in order and locked for
// this transaction.
func (t *Tx) LockCarts(ctx context.Context, cartIDs []string) (map[string]*gremio.CartRecord, error) {
	rows := map[string]*gremio.CartRecord{}
	for len(cartIDs) > 0 {
		n := min(len(cartIDs), 500)
		err := t.each(ctx, "lock carts",
			"SELECT "+cartColumns+" FROM {positions} WHERE cart_id IN ("+placeholders(n)+") ORDER BY cart_id"+t.d.lockRows,
			anys(cartIDs[:n]), func(row scanner) error {
				c, err := scanCart(row)
				rows[c.CartID] = &c
				return err
			})
		if err != nil {
			return nil, err
		}
		cartIDs = cartIDs[n:]
	}
	return rows, nil
}

// AddCart stores the row of a cart that has none and reports whether it had
// none: another member of the group may name a new cart at the same time.
func (t *Tx) AddCart(ctx context.Context, c *gremio.CartRecord) (bool, error) {
	n, err := t.exec(ctx, "add a cart",
		t.d.ignore+"{positions} (cart_id, plate, state, first_named_at) VALUES (?, ?, ?, ?)",
		c.CartID, string(c.Plate), string(c.State), micros(c.FirstNamedAt))
	return n == 1, err
}

// SaveCarts stores the rows of carts.
func (t *Tx) SaveCarts(ctx context.Context, carts []*gremio.CartRecord) error {
	rows := make([][]any, len(carts))
	for i, c := range carts {
		row := append([]any{c.CartID, string(c.Plate)}, placeValues(c.Place)...)
		var missed, endedBy any
		if c.ShiftEndedBy != "" {
			endedBy = c.ShiftEndedBy
		}
		if c.MissedAlert != "" {
			missed = c.MissedAlert
		}
		rows[i] = append(row, microsOrNull(c.FixedAt), orNull(c.Accuracy), orNull(c.Speed), orNull(c.Heading), orNull(c.Battery),
			microsOrNull(c.HeardAt), string(c.State), microsOrNull(c.ShiftStartedAt),
			microsOrNull(c.ShiftEndedAt), endedBy, microsOrNull(c.PausedAt), missed, micros(c.FirstNamedAt), flag(c.PlacedBySale))
	}
	set := []string{}
	for _, column := range []string{"plate", "lat", "lon", "grid_x", "grid_y", "fixed_at", "accuracy", "speed", "heading", "battery",
		"heard_at", "state", "shift_started_at", "shift_ended_at", "shift_ended_by", "paused_at", "missed_alert", "first_named_at", "placed_by_sale"} {
		set = append(set, column+" = new("+column+")")
	}
	return t.insertMany(ctx, "store carts", "INSERT INTO {positions} ("+cartColumns+") VALUES", t.d.onConflict("cart_id", set...), rows)
}

// AddTrack stores fixes. A fix is known by cart and time, so one that came
// before changes nothing.
func (t *Tx) AddTrack(ctx context.Context, fixes []gremio.TrackPoint) error {
	rows := make([][]any, len(fixes))
	for i, f := range fixes {
		row := []any{f.CartID, micros(f.Fix.Time), f.EventID}
		row = append(row, placeValues(f.Fix.Place)...)
		rows[i] = append(row, microsOrNull(f.Fix.DeviceTime), orNull(f.Fix.Accuracy), orNull(f.Fix.Speed), orNull(f.Fix.Heading), orNull(f.Fix.Battery), micros(f.ReceivedAt))
	}
	return t.insertMany(ctx, "store fixes",
		t.d.ignore+"{track} ("+trackColumns+") VALUES", "", rows)
}

const trackColumns = "cart_id, fixed_at, event_id, " + placeColumns + ", device_time, accuracy, speed, heading, battery, received_at"

// CartsOnShift returns the carts that are supposed to report, locked.
func (t *Tx) CartsOnShift(ctx context.Context) ([]*gremio.CartRecord, error) {
	var all []*gremio.CartRecord
	err := t.each(ctx, "read carts on shift",
		"SELECT "+cartColumns+" FROM {positions} WHERE state IN ('live', 'quiet', 'missing') ORDER BY cart_id"+t.d.lockRows, nil,
		func(row scanner) error {
			c, err := scanCart(row)
			all = append(all, &c)
			return err
		})
	return all, err
}

// Carts returns every cart that anything has named, by plate, and the cursor
// that goes on.
func (q queries) Carts(ctx context.Context, state gremio.CartState, page gremio.Page) ([]gremio.Cart, string, error) {
	return q.carts(ctx, "", state, page)
}

// Cart returns the cart that bears plate, and whether anything has named it.
func (q queries) Cart(ctx context.Context, plate gremio.Plate) (gremio.Cart, bool, error) {
	carts, _, err := q.carts(ctx, plate, "", gremio.Page{Limit: 1})
	if err != nil || len(carts) == 0 {
		return gremio.Cart{}, false, err
	}
	return carts[0], true, nil
}

func (q queries) carts(ctx context.Context, plate gremio.Plate, state gremio.CartState, page gremio.Page) ([]gremio.Cart, string, error) {
	where, args := " WHERE 1 = 1", []any{}
	if page.After != "" {
		m, err := parseMark(page.After)
		if err != nil {
			return nil, "", err
		}
		where, args = where+" AND c.plate > ?", append(args, m.id)
	}
	if plate != "" {
		where, args = where+" AND c.plate = ?", append(args, string(plate))
	}
	if state != "" {
		where, args = where+" AND COALESCE(p.state, 'off_shift') = ?", append(args, string(state))
	}
	var all []gremio.Cart
	err := q.each(ctx, "read carts",
		"SELECT c.plate, COALESCE(p.state, 'off_shift'), p.lat, p.lon, p.grid_x, p.grid_y, p.fixed_at, p.accuracy, p.speed, p.heading, p.battery, p.heard_at, p.shift_started_at"+
			" FROM carts c LEFT JOIN {positions} p ON p.cart_id = c.cart_id"+where+" ORDER BY c.plate LIMIT ?",
		append(args, page.Limit+1), func(row scanner) error {
			var c gremio.Cart
			var place nullPlace
			var fixed, heard, shift sql.NullInt64
			var accuracy, speed, heading, battery sql.NullFloat64
			dest := append([]any{&c.Plate, &c.State}, place.dest()...)
			if err := row.Scan(append(dest, &fixed, &accuracy, &speed, &heading, &battery, &heard, &shift)...); err != nil {
				return err
			}
			c.Where = gremio.WhereIs(place.place())
			c.Accuracy, c.Speed, c.Heading, c.Battery = floatOrNil(accuracy), floatOrNil(speed), floatOrNil(heading), floatOrNil(battery)
			c.FixedAt, c.HeardAt, c.ShiftStartedAt = instantOrNil(fixed), instantOrNil(heard), instantOrNil(shift)
			all = append(all, c)
			return nil
		})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(c gremio.Cart) string { return mark{0, string(c.Plate)}.cursor() })
	return all, next, nil
}

// Track returns the fixes of a cart, the newest first, and the cursor that goes on.
func (q queries) Track(ctx context.Context, plate gremio.Plate, page gremio.Page) ([]gremio.Fix, string, error) {
	var w filter
	w.is("cart_id", gremio.CartOf(plate))
	w.since(page, "fixed_at >= ?")
	end, err := w.page(page, "fixed_at", "cart_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Fix
	err = q.each(ctx, "read a track",
		"SELECT fixed_at, "+placeColumns+", device_time, accuracy, speed, heading, battery, received_at FROM {track}"+end, w.args, func(row scanner) error {
			var f gremio.Fix
			var place nullPlace
			var fixed, received int64
			var device sql.NullInt64
			var accuracy, speed, heading, battery sql.NullFloat64
			dest := append([]any{&fixed}, place.dest()...)
			if err := row.Scan(append(dest, &device, &accuracy, &speed, &heading, &battery, &received)...); err != nil {
				return err
			}
			f.Time, f.ReceivedAt, f.DeviceTime, f.Where = instant(fixed), instant(received), instantOrNil(device), gremio.WhereIs(place.place())
			f.Accuracy, f.Speed, f.Heading, f.Battery = floatOrNil(accuracy), floatOrNil(speed), floatOrNil(heading), floatOrNil(battery)
			all = append(all, f)
			return nil
		})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(f gremio.Fix) string { return markAt(f.Time, gremio.CartOf(plate)) })
	return all, next, nil
}

// IntakeSpans returns the spans of time in which take-in was up that end at
// since or later, in order.
func (q queries) IntakeSpans(ctx context.Context, since time.Time) ([]gremio.Span, error) {
	return q.intakeSpans(ctx, "ended_at >= ?", []any{micros(since)})
}

func (q queries) intakeSpans(ctx context.Context, where string, args []any) ([]gremio.Span, error) {
	var all []gremio.Span
	err := q.each(ctx, "read when take-in was up",
		"SELECT started_at, ended_at FROM {intake_spans} WHERE "+where+" ORDER BY started_at", args,
		func(row scanner) error {
			var from, to int64
			err := row.Scan(&from, &to)
			all = append(all, gremio.Span{Start: instant(from), End: instant(to)})
			return err
		})
	return all, err
}

// AddIntakeSigns puts signs of take-in into the spans. Apis may say so in several
// partitions: whoever holds the row of partition 0 goes first.
func (t *Tx) AddIntakeSigns(ctx context.Context, signs []time.Time) error {
	var next int64
	if _, err := t.one(ctx, "note when take-in was up", "SELECT next_offset FROM {positions_offsets} WHERE topic = ? AND part = ?"+t.d.lockRows,
		[]any{string(gremio.TopicPositions), gremio.SpecialPartition}, &next); err != nil {
		return err
	}
	from, to := slices.MinFunc(signs, time.Time.Compare), slices.MaxFunc(signs, time.Time.Compare)
	near := "ended_at >= ? AND started_at <= ?"
	args := []any{micros(from.Add(-gremio.IntakeGap)), micros(to.Add(gremio.IntakeGap))}
	spans, err := t.intakeSpans(ctx, near, args)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "note when take-in was up", "DELETE FROM {intake_spans} WHERE "+near, args...); err != nil {
		return err
	}
	var rows [][]any
	for _, s := range gremio.AddIntake(spans, signs) {
		rows = append(rows, []any{micros(s.Start), micros(s.End)})
	}
	return t.insertMany(ctx, "note when take-in was up", "INSERT INTO {intake_spans} (started_at, ended_at) VALUES", "", rows)
}

// KnownPlates returns those of plates that a member bears or bore, or an undecided application.
func (q queries) KnownPlates(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]bool, error) {
	known := map[gremio.Plate]bool{}
	for len(plates) > 0 {
		n := min(len(plates), 500)
		args := make([]any, 0, 2*n)
		for range 2 {
			for _, p := range plates[:n] {
				args = append(args, string(p))
			}
		}
		in := "(" + placeholders(n) + ")"
		err := q.each(ctx, "look plates up",
			"SELECT plate FROM {holdings} WHERE plate IN "+in+" UNION SELECT plate FROM {applications} WHERE state = 'waiting' AND plate IN "+in,
			args, func(row scanner) error {
				var p gremio.Plate
				err := row.Scan(&p)
				known[p] = true
				return err
			})
		if err != nil {
			return nil, err
		}
		plates = plates[n:]
	}
	return known, nil
}
