// Package live shows many browsers what changes: a snapshot, then at most one
// frame a second. It looks at the database when a worker has moved, and never
// queues for a slow reader, who gets the newest state when it reads again.
package live

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"gremio"
)

// A Store is what the live view reads.
type Store interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	Offsets(ctx context.Context, worker string) ([]gremio.Offset, error)
	Carts(ctx context.Context, state gremio.CartState, page gremio.Page) ([]gremio.Cart, string, error)
	Sightings(ctx context.Context, page gremio.Page) ([]gremio.Sighting, string, error)
	DeskAlerts(ctx context.Context, most int) ([]gremio.Alert, error)
	Applications(ctx context.Context, state, id string, page gremio.Page) ([]gremio.Application, string, error)
	Sales(ctx context.Context, f gremio.SaleFilter, page gremio.Page) ([]gremio.Sale, string, error)
	Deliveries(ctx context.Context, f gremio.DeliveryFilter, page gremio.Page) ([]gremio.Delivery, string, error)
	Totals(ctx context.Context, day gremio.Day) (gremio.Totals, error)
	PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error)
}

// A Hub holds the newest state and who watches it.
type Hub struct {
	Store   Store
	Workers []string // whose progress says that something changed
	Master  gremio.Key
	Logger  *slog.Logger
	Now     func() time.Time

	mu        sync.Mutex
	ready     bool // sections and carts hold a state
	lost      bool // the database does not answer: what watchers see grows old
	carts     map[gremio.Plate]json.RawMessage
	order     []gremio.Plate
	sections  map[string]json.RawMessage
	snapshots map[string][]byte // the first frames of new watchers, by what they may see, made when first asked for
	watchers  map[*watcher]struct{}
	woken     chan struct{}
}

const (
	lookEvery    = 200 * time.Millisecond // how often the workers' progress is asked for
	refreshLeast = 300 * time.Millisecond // pause between two readings of the state
	refreshMost  = 5 * time.Second        // a new day, changed settings: nothing moved, and yet
	answerWithin = 10 * time.Second       // a database that is slower than this counts as lost
)

// New returns a hub that Run keeps up to date.
func New(store Store, workers []string, master gremio.Key, logger *slog.Logger, now func() time.Time) *Hub {
	return &Hub{
		Store: store, Workers: workers, Master: master, Logger: logger, Now: now,
		carts: map[gremio.Plate]json.RawMessage{}, sections: map[string]json.RawMessage{},
		watchers: map[*watcher]struct{}{}, snapshots: map[string][]byte{}, woken: make(chan struct{}, 1),
	}
}

// Run follows the database until ctx ends, while anybody watches.
func (h *Hub) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var seen progress
	var readAt time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.woken:
		case <-ticker.C:
		}
		if !h.watched() {
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, answerWithin)
		now, err := h.progress(bounded)
		moved := err == nil && now != seen
		since := time.Since(readAt)
		if err == nil && (moved && since >= refreshLeast || since >= refreshMost || !h.isReady()) {
			if err = h.refresh(bounded); err == nil {
				seen, readAt = now, time.Now()
			}
		}
		cancel()
		h.setLost(err != nil)
		if err != nil && ctx.Err() == nil {
			h.Logger.Warn("the live view cannot read the database", "because", err)
			sleep(ctx, time.Second)
		}
	}
}

// progress sums up where the workers stand. Every transaction of a worker
// changes it, a tick's included.
type progress struct{ next, updated, epoch int64 }

func (h *Hub) progress(ctx context.Context) (progress, error) {
	var p progress
	for _, worker := range h.Workers {
		offsets, err := h.Store.Offsets(ctx, worker)
		if err != nil {
			return p, err
		}
		for _, o := range offsets {
			p.next += o.Next
			p.epoch += o.Epoch
			p.updated += o.UpdatedAt.UnixMicro() % 1e12
		}
	}
	return p, nil
}

// refresh reads the state anew and tells the watchers what is other than before.
func (h *Hub) refresh(ctx context.Context) error {
	sections, err := h.readSections(ctx)
	if err != nil {
		return err
	}
	carts, order, err := h.readCarts(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var changedCarts []gremio.Plate
	var changedSections []string
	for _, p := range order {
		if string(carts[p]) != string(h.carts[p]) {
			changedCarts = append(changedCarts, p)
		}
	}
	for name, body := range sections {
		if string(body) != string(h.sections[name]) {
			changedSections = append(changedSections, name)
		}
	}
	h.carts, h.order, h.sections, h.ready, h.snapshots = carts, order, sections, true, map[string][]byte{}
	if len(changedCarts) == 0 && len(changedSections) == 0 {
		for w := range h.watchers {
			if !w.hasSnapshot {
				w.wake()
			}
		}
		return nil
	}
	for w := range h.watchers {
		w.mark(changedCarts, changedSections)
	}
	return nil
}

func (h *Hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers) > 0
}

func (h *Hub) setLost(lost bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = lost
}

func (h *Hub) isLost() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lost
}

func (h *Hub) isReady() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
