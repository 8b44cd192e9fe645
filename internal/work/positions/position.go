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
	}
)

// A Tx is what the worker needs of a transaction.
type Tx interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	LockCarts(ctx context.Context, cartIDs []string) (map[string]*gremio.CartRecord, error)
	AddCart(ctx context.Context, c *gremio.CartRecord) (bool, error)
	SaveCarts(ctx context.Context, carts []*gremio.CartRecord) error
	AddTrack(ctx context.Context, fixes []gremio.TrackPoint) error
	AddSighting(ctx context.Context, id string, s gremio.SightingReported) error
	KnownPlates(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]bool, error)
	LockLastIntakeSpan(ctx context.Context) (gremio.Span, bool, error)
	SaveIntakeSpan(ctx context.Context, s gremio.Span) error
	IntakeSpans(ctx context.Context, since time.Time) ([]gremio.Span, error)
	CartsOnShift(ctx context.Context) ([]*gremio.CartRecord, error)
}

// Apply moves markers, joins tracks, follows shifts and shows sightings.
func Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b := &positionBatch{tx: tx, fresh: map[string]bool{}}
	var err error
	if b.settings, err = tx.Settings(ctx); err != nil {
		return b.done, err
	}
	if err := b.lock(ctx, batch); err != nil {
		return b.done, err
	}
	for _, rec := range batch {
		if err := b.apply(ctx, rec.Event); err != nil {
			return b.done, err
		}
	}
	return b.done, b.save(ctx)
}

// A positionBatch is the state of carts while a batch is applied.
type positionBatch struct {
	tx       Tx
	settings gremio.Settings
	carts    map[string]*gremio.CartRecord
	fresh    map[string]bool       // carts that nothing had named before
	known    map[gremio.Plate]bool // of the fresh carts
	track    []gremio.TrackPoint
	alive    []time.Time
	done     work.Outcome
}

// lock reads the rows of the batch's carts, in order, so that two members of
// the group never wait for each other.
func (b *positionBatch) lock(ctx context.Context, batch []gremio.Record) error {
	plates, named := map[string]gremio.Plate{}, map[string]time.Time{}
	for _, rec := range batch {
		if p := plateOf(rec.Event.Data); p != "" && plates[gremio.CartOf(p)] == "" {
			plates[gremio.CartOf(p)], named[gremio.CartOf(p)] = p, rec.Event.Time
		}
	}
	ids := slices.Sorted(maps.Keys(plates))
	var err error
	if b.carts, err = b.tx.LockCarts(ctx, ids); err != nil {
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
		b.startShift(b.cart(d.Plate), d)
	case gremio.ShiftEnded:
		b.endShift(b.cart(d.Plate), d, e)
	case gremio.ShiftPaused:
		if c := b.cart(d.Plate); c.State == gremio.CartLive {
			c.State, c.PausedAt = gremio.CartQuiet, &d.Time
		}
	case gremio.CartMissed:
		if c := b.cart(d.Plate); c.HeardAt != nil && !c.HeardAt.After(d.LastHeard) && c.State != gremio.CartOffShift {
			c.State, c.MissedAlert = gremio.CartMissing, d.Alert
		}
	case gremio.SightingReported:
		return b.sighting(ctx, e, d)
	case gremio.IntakeAlive:
		b.alive = append(b.alive, e.Time)
	}
	return nil
}

// cart returns the row of plate's cart.
func (b *positionBatch) cart(p gremio.Plate) *gremio.CartRecord { return b.carts[gremio.CartOf(p)] }

func (b *positionBatch) position(e gremio.Event, p gremio.PositionReported) {
	c := b.cart(p.Plate)
	if b.fresh[c.CartID] && !b.known[p.Plate] {
		delete(b.fresh, c.CartID)
		b.done.Derived = append(b.done.Derived, gremio.UnknownCartAlert(source, p.Plate, e.Time))
	}
	b.track = append(b.track, gremio.TrackPoint{CartID: c.CartID, EventID: e.ID, ReceivedAt: e.Time, Fix: p})
	if p.Place != nil && gremio.Moves(zeroIfNil(c.FixedAt), p.Time) {
		c.Place, c.FixedAt = p.Place, &p.Time
		c.Accuracy, c.Speed, c.Heading = p.Accuracy, p.Speed, p.Heading
	}
	if p.Battery != nil {
		c.Battery = p.Battery
	}
	b.heard(c, e, p)
}

// heard takes a sign of life: it starts a shift, or ends a silence.
func (b *positionBatch) heard(c *gremio.CartRecord, e gremio.Event, p gremio.PositionReported) {
	before := c.HeardAt
	if before == nil || e.Time.After(*before) {
		at := e.Time
		c.HeardAt = &at
	}
	if c.MissedAlert != "" {
		b.closeAlert(c, e, "the cart was heard again")
	}
	if c.State != gremio.CartOffShift {
		c.State, c.PausedAt = gremio.CartLive, nil
		return
	}
	if b.settings.Hours().Contains(e.Time) && startsShift(c, before, e.Time, p.Time) {
		started := gremio.ShiftStarted{Plate: p.Plate, Time: e.Time, By: "position"}
		b.startShift(c, started)
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

// startShift puts a cart on shift. Until its first position it is quiet, since
// only a position starts the watch.
func (b *positionBatch) startShift(c *gremio.CartRecord, s gremio.ShiftStarted) {
	if c.State != gremio.CartOffShift {
		return
	}
	c.ShiftStartedAt, c.ShiftEndedAt, c.ShiftEndedBy, c.PausedAt = &s.Time, nil, "", nil
	c.State = gremio.CartQuiet
	if c.HeardAt != nil && !c.HeardAt.Before(s.Time) {
		c.State = gremio.CartLive
	}
}

func (b *positionBatch) endShift(c *gremio.CartRecord, s gremio.ShiftEnded, cause gremio.Event) {
	if c.State == gremio.CartOffShift {
		return
	}
	if c.MissedAlert != "" && s.By == byVendor {
		b.closeAlert(c, cause, "the vendor ended the shift")
	}
	c.State, c.PausedAt, c.ShiftEndedAt, c.ShiftEndedBy = gremio.CartOffShift, nil, &s.Time, s.By
}

func (b *positionBatch) closeAlert(c *gremio.CartRecord, cause gremio.Event, reason string) {
	b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, &c.Plate, gremio.AlertClosed{
		Alert: c.MissedAlert, By: "worker " + Name, Reason: reason, At: cause.Time,
	}))
	c.MissedAlert = ""
}

// sale moves the marker of a cart that sold, but is no sign of life of its
// phone: silence is watched by position, and a missing cart that sells is an
// alert of its own kind.
func (b *positionBatch) sale(s gremio.SaleRecorded) {
	c := b.cart(s.Plate)
	if s.Place != nil && gremio.Moves(zeroIfNil(c.FixedAt), s.Time) {
		c.Place, c.FixedAt = s.Place, &s.Time
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
	return b.saveAlive(ctx)
}

func (b *positionBatch) saveAlive(ctx context.Context) error {
	if len(b.alive) == 0 {
		return nil
	}
	slices.SortFunc(b.alive, time.Time.Compare)
	var spans []gremio.Span
	last, found, err := b.tx.LockLastIntakeSpan(ctx)
	if err != nil {
		return err
	}
	if found {
		spans = append(spans, last)
	}
	for _, t := range b.alive {
		spans = gremio.ExtendIntake(spans, t)
	}
	for _, s := range spans {
		if err := b.tx.SaveIntakeSpan(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func zeroIfNil(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
