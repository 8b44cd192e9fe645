package store

import (
	"context"
	"database/sql"
	"time"

	"gremio"
)

// Acts on a whole delivery, as delivery_acts names them.
const (
	actLoaded    = "loaded"
	actLeft      = "left"
	actCancelled = "cancelled"
)

const (
	refusedNoDelivery = "there is no such delivery"
	refusedNoStop     = "there is no such delivery, or it does not stop at that cart"
)

// lockDelivery locks a delivery's row, for its stops may be confirmed side by side,
// and returns its state and when it was prepared; "" when there is none.
func (t *Tx) lockDelivery(ctx context.Context, id string) (state string, prepared time.Time, err error) {
	var us int64
	_, err = t.one(ctx, "lock a delivery", "SELECT state, prepared_at FROM {deliveries} WHERE delivery_id = ?"+t.d.lockRows, []any{id}, &state, &us)
	return state, instant(us), err
}

// ActOnDelivery applies what somebody did with a whole delivery, or returns why it
// no longer fits.
func (t *Tx) ActOnDelivery(ctx context.Context, d gremio.Data) (refused string, err error) {
	act, kind, _ := deliveryActOf(d)
	state, _, err := t.lockDelivery(ctx, act.Delivery)
	switch {
	case err != nil:
		return "", err
	case state == "":
		return refusedNoDelivery, nil
	case state == gremio.DeliveryDone:
		return "the delivery is done already", nil
	case state == gremio.DeliveryIsCancelled:
		return "the delivery was cancelled", nil
	case state == gremio.DeliveryHasLeft && kind != actCancelled:
		return "the delivery has left already", nil
	case state == gremio.DeliveryIsLoaded && kind == actLoaded:
		return "the delivery is loaded already", nil
	}
	return "", t.KeepDeliveryAct(ctx, d)
}

// deliveryActOf returns what an event says somebody did with a whole delivery.
func deliveryActOf(d gremio.Data) (act gremio.DeliveryAct, kind, reason string) {
	switch d := d.(type) {
	case gremio.DeliveryLoaded:
		return d.DeliveryAct, actLoaded, ""
	case gremio.DeliveryLeft:
		return d.DeliveryAct, actLeft, ""
	case gremio.DeliveryCancelled:
		return d.DeliveryAct, actCancelled, d.Reason
	}
	return act, "", ""
}

// KeepDeliveryAct notes what somebody did with a whole delivery, whether or not the
// delivery is known yet.
func (t *Tx) KeepDeliveryAct(ctx context.Context, d gremio.Data) error {
	act, kind, reason := deliveryActOf(d)
	if _, err := t.exec(ctx, "note an act on a delivery", t.d.ignore+"{delivery_acts} (delivery_id, kind, done_at, done_by, reason) VALUES (?, ?, ?, ?, ?)",
		act.Delivery, kind, micros(act.At), act.By, reason); err != nil {
		return err
	}
	return t.settleDelivery(ctx, act.Delivery)
}

// waitingStop locks a delivery and returns the replenishment that its stop at a
// cart refills, or why the stop takes nothing any more. A zero at fits any delivery.
func (t *Tx) waitingStop(ctx context.Context, delivery string, plate gremio.Plate, at time.Time) (replenishment, refused string, err error) {
	known, prepared, err := t.lockDelivery(ctx, delivery)
	if err != nil || known == "" {
		return "", refusedNoStop, err
	}
	var state string
	found, err := t.one(ctx, "read a stop", "SELECT state, replenishment_id FROM {stops} WHERE delivery_id = ? AND cart_id = ?",
		[]any{delivery, gremio.CartOf(plate)}, &state, &replenishment)
	switch {
	case err != nil || !found:
		return "", refusedNoStop, err
	case state == gremio.StopDone:
		return "", "the stop is confirmed already", nil
	case state == gremio.StopHasFailed:
		return "", "the stop has failed: the cart waits for another delivery", nil
	case state == gremio.StopIsCancelled:
		return "", "the delivery was cancelled: the cart waits for another", nil
	case !at.IsZero() && at.Before(prepared):
		return "", "the delivery was prepared only after that time", nil
	}
	return replenishment, "", nil
}

// ConfirmStop confirms the stop of a cart on a delivery, or returns why it does not
// fit. replenishment is the one that the stop refills.
func (t *Tx) ConfirmStop(ctx context.Context, c gremio.StopConfirmed) (replenishment, refused string, err error) {
	at := c.ConfirmedAt
	if c.By == gremio.ByFigure { // may be from before the delivery, and read after it
		at = time.Time{}
	}
	replenishment, refused, err = t.waitingStop(ctx, c.Delivery, c.Plate, at)
	if err != nil || refused != "" {
		return "", refused, err
	}
	return replenishment, "", t.KeepConfirmation(ctx, c)
}

// KeepConfirmation notes that a stop was confirmed, whether or not its delivery
// is known yet. The first of two is kept.
func (t *Tx) KeepConfirmation(ctx context.Context, c gremio.StopConfirmed) error {
	if _, err := t.exec(ctx, "confirm a stop",
		t.d.ignore+"{stop_confirmations} (delivery_id, cart_id, units, confirmed_at, confirmed_by) VALUES (?, ?, ?, ?, ?)",
		c.Delivery, gremio.CartOf(c.Plate), orNull(c.Units), micros(c.ConfirmedAt), c.By); err != nil {
		return err
	}
	return t.settleDelivery(ctx, c.Delivery)
}

// FailStop puts the cart of a stop back into the queue, or returns why not.
func (t *Tx) FailStop(ctx context.Context, f gremio.StopFailed) (refused string, err error) {
	_, refused, err = t.waitingStop(ctx, f.Delivery, f.Plate, f.FailedAt)
	if err != nil || refused != "" {
		return refused, err
	}
	return "", t.KeepFailure(ctx, f)
}

// KeepFailure notes that a stop has failed, whether or not its delivery is known yet.
func (t *Tx) KeepFailure(ctx context.Context, f gremio.StopFailed) error {
	if _, err := t.exec(ctx, "note a failed stop", t.d.ignore+"{stop_failures} (delivery_id, cart_id, failed_at, failed_by, reason) VALUES (?, ?, ?, ?, ?)",
		f.Delivery, gremio.CartOf(f.Plate), micros(f.FailedAt), f.By, f.Reason); err != nil {
		return err
	}
	return t.settleDelivery(ctx, f.Delivery)
}

// settleDelivery makes a delivery, its stops and their replenishments say what the
// acts do, in whatever order they were read. A delivery that is not known yet stays so.
func (t *Tx) settleDelivery(ctx context.Context, delivery string) error {
	of := func(table, column string) string {
		return "(SELECT x." + column + " FROM {" + table + "} x WHERE x.delivery_id = {stops}.delivery_id AND x.cart_id = {stops}.cart_id)"
	}
	act := func(kind, column string) string {
		return "(SELECT a." + column + " FROM {delivery_acts} a WHERE a.delivery_id = {deliveries}.delivery_id AND a.kind = '" + kind + "')"
	}
	for _, step := range []struct {
		what, text string
		args       []any
	}{
		{"note what was done with a delivery", "UPDATE {deliveries} SET loaded_at = " + act(actLoaded, "done_at") + ", left_at = " + act(actLeft, "done_at") +
			", cancelled_at = " + act(actCancelled, "done_at") + ", cancel_reason = " + act(actCancelled, "reason") + " WHERE delivery_id = ?", []any{delivery}},
		{"confirm stops", "UPDATE {stops} SET state = ?, confirmed_units = " + of("stop_confirmations", "units") + ", confirmed_at = " + of("stop_confirmations", "confirmed_at") +
			", confirmed_by = " + of("stop_confirmations", "confirmed_by") + " WHERE delivery_id = ? AND state <> ? AND " + of("stop_confirmations", "confirmed_at") + " IS NOT NULL",
			[]any{gremio.StopDone, delivery, gremio.StopDone}},
		{"fail stops", "UPDATE {stops} SET state = ?, failed_at = " + of("stop_failures", "failed_at") + ", fail_reason = " + of("stop_failures", "reason") +
			" WHERE delivery_id = ? AND state IN (?, ?) AND " + of("stop_failures", "failed_at") + " IS NOT NULL",
			[]any{gremio.StopHasFailed, delivery, gremio.StopWaiting, gremio.StopIsCancelled}},
		{"cancel stops", "UPDATE {stops} SET state = ? WHERE delivery_id = ? AND state = ? AND EXISTS (SELECT 1 FROM {delivery_acts} a WHERE a.delivery_id = {stops}.delivery_id AND a.kind = ?)",
			[]any{gremio.StopIsCancelled, delivery, gremio.StopWaiting, actCancelled}},
		{"say how far a delivery is", "UPDATE {deliveries} SET state = CASE WHEN cancelled_at IS NOT NULL THEN ?" +
			" WHEN NOT EXISTS (SELECT 1 FROM {stops} s WHERE s.delivery_id = {deliveries}.delivery_id AND s.state = ?) THEN ?" +
			" WHEN left_at IS NOT NULL THEN ? WHEN loaded_at IS NOT NULL THEN ? ELSE ? END WHERE delivery_id = ?",
			[]any{gremio.DeliveryIsCancelled, gremio.StopWaiting, gremio.DeliveryDone, gremio.DeliveryHasLeft, gremio.DeliveryIsLoaded, gremio.DeliveryPreparedState, delivery}},
		{"end a delivery", "UPDATE {deliveries} SET done_at = (SELECT MAX(COALESCE(s.confirmed_at, s.failed_at)) FROM {stops} s WHERE s.delivery_id = {deliveries}.delivery_id)" +
			" WHERE delivery_id = ? AND state = ?", []any{delivery, gremio.DeliveryDone}},
	} {
		if _, err := t.exec(ctx, step.what, step.text, step.args...); err != nil {
			return err
		}
	}
	return t.settleReplenishments(ctx, delivery)
}

// settleReplenishments puts the replenishments of a delivery's stops on it, or back
// into the queue.
func (t *Tx) settleReplenishments(ctx context.Context, delivery string) error {
	var ids []string
	if err := t.each(ctx, "read a delivery's replenishments", "SELECT replenishment_id FROM {stops} WHERE delivery_id = ? ORDER BY replenishment_id", []any{delivery},
		func(row scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		}); err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.settleReplenishment(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// settleReplenishment makes a replenishment say on which delivery it is, and since
// when it waits: from its opening, or from the last stop that came to nothing.
func (t *Tx) settleReplenishment(ctx context.Context, id string) error {
	var on sql.NullString
	var since sql.NullInt64
	if _, err := t.one(ctx, "find a stop", "SELECT MAX(delivery_id) FROM {stops} WHERE replenishment_id = ? AND state IN (?, ?)",
		[]any{id, gremio.StopWaiting, gremio.StopDone}, &on); err != nil {
		return err
	}
	if _, err := t.one(ctx, "find stops that came to nothing",
		"SELECT MAX(COALESCE(s.failed_at, d.cancelled_at)) FROM {stops} s JOIN {deliveries} d ON d.delivery_id = s.delivery_id WHERE s.replenishment_id = ? AND s.state IN (?, ?)",
		[]any{id, gremio.StopHasFailed, gremio.StopIsCancelled}, &since); err != nil {
		return err
	}
	state := gremio.ReplenishmentOpen
	if on.Valid {
		state = gremio.ReplenishmentPrepared
	}
	_, err := t.exec(ctx, "say where a replenishment is",
		"UPDATE {replenishments} SET delivery_id = ?, waits_since = CASE WHEN opened_at > ? THEN opened_at ELSE ? END, state = CASE WHEN state = ? THEN state ELSE ? END WHERE replenishment_id = ?",
		on, since.Int64, since.Int64, gremio.ReplenishmentIsClosed, state, id)
	return err
}

// UnconfirmedStops returns a confirmation of each stop that waits on a delivery
// which left, or else was prepared, before then, in the order of plates.
func (t *Tx) UnconfirmedStops(ctx context.Context, before time.Time) (stops []gremio.StopConfirmed, err error) {
	err = t.each(ctx, "look for stops that nobody confirmed",
		"SELECT s.delivery_id, s.plate FROM {stops} s JOIN {deliveries} d ON d.delivery_id = s.delivery_id WHERE d.state IN (?, ?, ?) AND COALESCE(d.left_at, d.prepared_at) <= ? AND s.state = ? ORDER BY s.plate, s.delivery_id",
		append(anys(gremio.OpenDeliveryStates()), micros(before), gremio.StopWaiting), func(row scanner) error {
			var c gremio.StopConfirmed
			err := row.Scan(&c.Delivery, &c.Plate)
			stops = append(stops, c)
			return err
		})
	return stops, err
}
