package positions

import (
	"context"
	"time"

	"gremio"
)

// trackingTx is what following carts, or not, needs of a transaction.
type trackingTx interface {
	TrackingMarks(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]gremio.TrackingMarks, error)
	AddTrackingMark(ctx context.Context, m gremio.TrackingMark) error
	EraseTrack(ctx context.Context, cartID string, from, until time.Time) error
}

// followed reports whether where plate's cart is may be kept of what was
// received at t.
func (b *positionBatch) followed(plate gremio.Plate, t time.Time) bool {
	return b.marks[plate].Followed(t)
}

func (b *positionBatch) mark(ctx context.Context, m gremio.TrackingMark) error {
	b.marks[m.Plate] = append(b.marks[m.Plate], m)
	return b.tx.AddTrackingMark(ctx, m)
}

// placed reports whether a place of t may become plate's marker. Sales come by
// another topic, so one from before an erasure may be read after it.
func (b *positionBatch) placed(plate gremio.Plate, t time.Time) bool {
	return !t.Before(b.marks[plate].ErasedUntil())
}

// forget erases where a cart was while somebody had it who is forgotten: the
// track, what of it this batch has not stored yet, and the marker.
func (b *positionBatch) forget(ctx context.Context, d gremio.TrackErased) error {
	if err := b.mark(ctx, gremio.TrackingMark{Plate: d.Plate, At: d.Until, Kind: gremio.MarkErased}); err != nil {
		return err
	}
	id := gremio.CartOf(d.Plate)
	if c := b.carts[id]; c != nil {
		c.ForgetPlace(d.Until)
	}
	kept := b.track[:0]
	for _, p := range b.track {
		if p.CartID != id || p.ReceivedAt.Before(d.From) || !p.ReceivedAt.Before(d.Until) {
			kept = append(kept, p)
		}
	}
	b.track = kept
	return b.tx.EraseTrack(ctx, id, d.From, d.Until)
}
