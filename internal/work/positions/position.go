// Package positions knows where every cart is, when it is supposed to report,
// and that it has stopped.
package positions

import (
	"context"
	"maps"
	"slices"
	"time"

	"gremio"
	"gremio/internal/work"
)

// Name of the worker.
const Name = "positions"

const source = "/worker/" + Name

// Topics that the worker reads, its own first, and Types that it applies.
var (
	Topics = []gremio.Topic{gremio.TopicPositions, gremio.TopicSales}
	Types  = []gremio.Type{
		gremio.TypePositionReported, gremio.TypeShiftStarted, gremio.TypeShiftEnded, gremio.TypeShiftPaused,
		gremio.TypeCartMissed, gremio.TypeSightingReported, gremio.TypeIntakeAlive, gremio.TypeSaleRecorded,
		gremio.TypeTrackingStopped, gremio.TypeTrackingResumed, gremio.TypeTrackErased, gremio.TypePhonePaced,
	}
)

// A Tx is what the worker needs of a transaction.
type Tx interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error)
	LockCarts(ctx context.Context, cartIDs []string) (map[string]*gremio.CartRecord, error)
	AddCart(ctx context.Context, c *gremio.CartRecord) (bool, error)
	SaveCarts(ctx context.Context, carts []*gremio.CartRecord) error
	AddTrack(ctx context.Context, fixes []gremio.TrackPoint) error
	AddSighting(ctx context.Context, id string, s gremio.SightingReported) error
	KnownPlates(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]bool, error)
	SuspendedSince(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]time.Time, error)
	AddIntakeSigns(ctx context.Context, signs []time.Time) error
	IntakeSpans(ctx context.Context, since time.Time) ([]gremio.Span, error)
	CartsOnShift(ctx context.Context) ([]*gremio.CartRecord, error)
	trackingTx
	paceTx
}

// Apply moves markers, joins tracks, follows shifts and shows sightings.
func Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b := &positionBatch{tx: tx, decides: true, fresh: map[string]bool{}}
	var err error
	if b.history, err = tx.SettingsSince(ctx, work.Oldest(batch)); err != nil {
		return b.done, err
	}
	return b.run(ctx, batch)
}

// Replay makes the tables anew from what stands in the log: a shift starts, and
// a cart is missing, where that was decided.
func Replay(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b := &positionBatch{tx: tx, fresh: map[string]bool{}}
	return b.run(ctx, batch)
}

func (b *positionBatch) run(ctx context.Context, batch []gremio.Record) (work.Outcome, error) {
	if err := b.lock(ctx, batch); err != nil {
		return b.done, err
	}
	for _, rec := range batch {
		if err := b.apply(ctx, rec.Event); err != nil {
			return b.done, err
		}
	}
	if err := b.suspended(ctx); err != nil {
		return b.done, err
	}
	if err := b.judgePaces(ctx); err != nil {
		return b.done, err
	}
	return b.done, b.save(ctx)
}

// A positionBatch is the state of carts while a batch is applied.
type positionBatch struct {
	tx       Tx
	decides  bool                   // and does not only keep what was decided before
	settings gremio.Settings        // of a tick
	history  gremio.SettingsHistory // for a batch
	carts    map[string]*gremio.CartRecord
	fresh    map[string]bool       // carts that nothing had named before
	known    map[gremio.Plate]bool // of the fresh carts
	marks    map[gremio.Plate]gremio.TrackingMarks
	began    map[gremio.Plate]time.Time // shifts
	paces    map[string]gremio.PhonePaced
	gaps     map[string]gap // by cart
	track    []gremio.TrackPoint
	alive    []time.Time
	done     work.Outcome
}

// lock reads the rows of the batch's carts, in order, so that two members of
// the group never wait for each other.
func (b *positionBatch) lock(ctx context.Context, batch []gremio.Record) error {
	plates, named := map[string]gremio.Plate{}, map[string]time.Time{}
	var forgotten []string
	for _, rec := range batch {
		if e, ok := rec.Event.Data.(gremio.TrackErased); ok {
			forgotten = append(forgotten, gremio.CartOf(e.Plate))
		}
		p := plateOf(rec.Event.Data)
		if p == "" {
			continue
		}
		id := gremio.CartOf(p)
		plates[id] = p
		if t, seen := named[id]; !seen || rec.Event.Time.Before(t) {
			named[id] = rec.Event.Time
		}
	}
	ids := slices.Sorted(maps.Keys(plates))
	var err error
	if b.carts, err = b.tx.LockCarts(ctx, slices.Compact(slices.Sorted(slices.Values(append(forgotten, ids...))))); err != nil {
		return err
	}
	if b.marks, err = b.tx.TrackingMarks(ctx, slices.Collect(maps.Values(plates))); err != nil {
		return err
	}
	var fresh []gremio.Plate
	for _, id := range ids {
		if b.carts[id] != nil {
			continue
		}
		c := &gremio.CartRecord{CartID: id, Plate: plates[id], State: gremio.CartOffShift, FirstNamedAt: named[id]}
		added, err := b.tx.AddCart(ctx, c)
		if err != nil {
			return err
		}
		if !added { // another member named it first
			again, err := b.tx.LockCarts(ctx, []string{id})
			if err != nil {
				return err
			}
			b.carts[id] = again[id]
			continue
		}
		b.carts[id], b.fresh[id] = c, true
		fresh = append(fresh, c.Plate)
	}
	for id, t := range named {
		if c := b.carts[id]; t.Before(c.FirstNamedAt) { // its topics are not read in step
			c.FirstNamedAt = t
		}
	}
	if !b.decides {
		return nil
	}
	if b.paces, err = b.tx.PhonePaces(ctx, ids); err != nil {
		return err
	}
	b.known, err = b.tx.KnownPlates(ctx, fresh)
	return err
}

func plateOf(d gremio.Data) gremio.Plate {
	switch d := d.(type) {
	case gremio.PositionReported:
		return d.Plate
	case gremio.ShiftStarted:
		return d.Plate
	case gremio.ShiftEnded:
		return d.Plate
	case gremio.ShiftPaused:
		return d.Plate
	case gremio.CartMissed:
		return d.Plate
	case gremio.SaleRecorded:
		return d.Plate
	}
	return ""
}

func (b *positionBatch) apply(ctx context.Context, e gremio.Event) error {
	switch d := e.Data.(type) {
	case gremio.PositionReported:
		b.position(e, d)
	case gremio.SaleRecorded:
		b.sale(d)
	case gremio.ShiftStarted:
		if b.followed(d.Plate, e.Time) { // else nothing could tell its silence from its consent
			b.cart(d.Plate).StartShift(e.OrderTime(d.Time))
			b.begins(d.Plate, e.OrderTime(d.Time))
		}
	case gremio.ShiftEnded:
		b.endShift(b.cart(d.Plate), d, e)
	case gremio.ShiftPaused:
		b.cart(d.Plate).Pause(e.OrderTime(d.Time))
	case gremio.CartMissed:
		b.cart(d.Plate).Miss(d)
	case gremio.PhonePaced:
		return b.tx.SetPhonePace(ctx, d)
	case gremio.SightingReported:
		return b.sighting(ctx, e, d)
	case gremio.TrackingStopped:
		return b.mark(ctx, gremio.TrackingMark{Plate: d.Plate, At: d.At, Kind: gremio.MarkStopped})
	case gremio.TrackingResumed:
		return b.mark(ctx, gremio.TrackingMark{Plate: d.Plate, At: d.At, Kind: gremio.MarkResumed})
	case gremio.TrackErased:
		return b.forget(ctx, d)
	case gremio.IntakeAlive:
		b.alive = append(b.alive, e.Time)
	}
	return nil
}

// cart returns the row of plate's cart.
func (b *positionBatch) cart(p gremio.Plate) *gremio.CartRecord { return b.carts[gremio.CartOf(p)] }

func (b *positionBatch) position(e gremio.Event, p gremio.PositionReported) {
	if !b.followed(p.Plate, e.Time) {
		return
	}
	c := b.cart(p.Plate)
	if b.decides && b.fresh[c.CartID] && !b.known[p.Plate] {
		delete(b.fresh, c.CartID)
		b.done.Derived = append(b.done.Derived, gremio.UnknownCartAlert(source, p.Plate, e.Time))
	}
	if p.Place != nil { // else the phone knew none: it may take no point of the track from the fix of the same second
		b.track = append(b.track, gremio.TrackPoint{CartID: c.CartID, EventID: e.ID, ReceivedAt: e.Time, Fix: p})
	}
	if p.Place != nil && c.Moves(p.Time) && b.placed(p.Plate, p.Time) {
		c.Place, c.FixedAt, c.PlacedBySale = p.Place, &p.Time, false
		c.Accuracy, c.Speed, c.Heading = p.Accuracy, p.Speed, p.Heading
	}
	if p.Battery != nil {
		c.Battery = p.Battery
	}
	b.heard(c, e, p)
}

// heard takes a sign of life: it ends a silence, and with a place starts a shift.
func (b *positionBatch) heard(c *gremio.CartRecord, e gremio.Event, p gremio.PositionReported) {
	before := c.HeardAt
	b.paused(c, before, e.Time)
	if alert := c.Hear(e.Time); alert != "" {
		b.closeAlert(c, alert, e, "the cart was heard again")
	}
	if c.OnShift() || !b.decides || p.Place == nil {
		return // who does not know where the cart is starts no shift
	}
	if b.history.At(e.Time).Hours().Contains(e.Time) && startsShift(c, before, e.Time, p.Time) {
		started := gremio.ShiftStarted{Plate: p.Plate, Time: e.Time, By: "position"}
		c.StartShift(e.Time)
		b.begins(p.Plate, e.Time)
		b.done.Derived = append(b.done.Derived, gremio.Event{
			ID: gremio.DerivedID("shift", e.Key()+" "+p.Time.Format(time.RFC3339Nano)), Source: source, Subject: string(p.Plate), Time: e.Time, Data: started,
		})
	}
}

// restartAfter is the pause after which a phone that went on reporting past the
// vendor's "end" may start a new shift by itself. A phone in a pocket on the way
// home must not undo the button.
const restartAfter = 5 * time.Minute

// startsShift reports whether a position received at received and fixed at
// fixed starts a shift of a cart that was last heard before.
func startsShift(c *gremio.CartRecord, before *time.Time, received, fixed time.Time) bool {
	if c.ShiftEndedAt == nil {
		return true
	}
	if !fixed.After(*c.ShiftEndedAt) {
		return false // a backlog of the shift that has ended
	}
	return c.ShiftEndedBy != byVendor || before == nil || received.Sub(*before) >= restartAfter
}

const byVendor = "vendor"

func (b *positionBatch) endShift(c *gremio.CartRecord, s gremio.ShiftEnded, cause gremio.Event) {
	onShift := c.OnShift()
	t := s.Time // a closing hour is when it is, however late it is decided
	if s.By == byVendor {
		t = cause.OrderTime(s.Time)
	}
	c.EndShift(t, s.By)
	if onShift && !c.OnShift() && c.MissedAlert != "" && s.By == byVendor {
		alert := c.MissedAlert
		c.MissedAlert = ""
		b.closeAlert(c, alert, cause, "the vendor ended the shift")
	}
}

func (b *positionBatch) closeAlert(c *gremio.CartRecord, alert string, cause gremio.Event, reason string) {
	b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, &c.Plate, gremio.AlertClosed{
		Alert: alert, By: "worker " + Name, Reason: reason, At: cause.Time,
	}))
}

// sale moves the marker of a cart that sold, but is no sign of life of its
// phone: silence is watched by position, and a missing cart that sells is an
// alert of its own kind.
func (b *positionBatch) sale(s gremio.SaleRecorded) {
	c := b.cart(s.Plate)
	if s.Place != nil && c.MovesBySale(s.Time) && b.placed(s.Plate, s.Time) {
		c.Place, c.FixedAt, c.PlacedBySale = s.Place, &s.Time, true
		c.Accuracy, c.Speed, c.Heading = nil, nil, nil
	}
}

func (b *positionBatch) sighting(ctx context.Context, e gremio.Event, s gremio.SightingReported) error {
	b.done.Derived = append(b.done.Derived, gremio.NewAlert(source, gremio.AlertRaised{
		Alert: gremio.AlertID(gremio.AlertSighting, e.ID), Kind: gremio.AlertSighting, Severity: gremio.SeverityWarning,
		Plate: s.Plate, Place: &s.Place, RaisedAt: e.Time, Cause: "a passer-by reported a strange or fugitive cart",
	}))
	return b.tx.AddSighting(ctx, e.ID, s)
}

func (b *positionBatch) save(ctx context.Context) error {
	carts := make([]*gremio.CartRecord, 0, len(b.carts))
	for _, id := range slices.Sorted(maps.Keys(b.carts)) {
		carts = append(carts, b.carts[id])
	}
	if err := b.tx.SaveCarts(ctx, carts); err != nil {
		return err
	}
	if err := b.tx.AddTrack(ctx, b.track); err != nil {
		return err
	}
	if len(b.alive) == 0 {
		return nil
	}
	return b.tx.AddIntakeSigns(ctx, b.alive)
}
