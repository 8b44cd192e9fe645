package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"gremio"
)

const (
	frameEvery   = time.Second      // the most often that a watcher gets a frame
	keepAlive    = 15 * time.Second // after so long without a frame a comment goes out
	writeTimeout = 10 * time.Second // a watcher that takes nothing for so long is let go
	mostWatchers = 2000             // who comes then gets 503, and a browser comes again by itself
)

// A watcher is one browser. It holds what changed since it last read, not the
// changes themselves, so it takes no more memory the slower it is.
type watcher struct {
	view        gremio.LiveView
	hasSnapshot bool
	carts       map[gremio.Plate]bool
	sections    map[string]bool
	woken       chan struct{}
}

func (w *watcher) mark(carts []gremio.Plate, sections []string) {
	news := false
	for _, p := range carts {
		if w.sees(p) {
			w.carts[p], news = true, true
		}
	}
	for _, s := range sections {
		if w.view.Sections[s] {
			w.sections[s], news = true, true
		}
	}
	if news || !w.hasSnapshot {
		w.wake()
	}
}

// sees reports whether the watcher may see the cart that bears plate.
func (w *watcher) sees(plate gremio.Plate) bool {
	return w.view.Sections["carts"] && (w.view.Plate == "" || gremio.CartOf(w.view.Plate) == gremio.CartOf(plate))
}

func (w *watcher) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// Watch streams to one browser what view lets it see, until the browser goes
// away or the request's context ends.
func (h *Hub) Watch(rw http.ResponseWriter, r *http.Request, view gremio.LiveView) {
	w := &watcher{view: view, carts: map[gremio.Plate]bool{}, sections: map[string]bool{}, woken: make(chan struct{}, 1)}
	h.mu.Lock()
	if len(h.watchers) >= mostWatchers {
		h.mu.Unlock()
		rw.Header().Set("Retry-After", "5")
		http.Error(rw, "too many watch the guild at once: come again", http.StatusServiceUnavailable)
		return
	}
	h.watchers[w] = struct{}{}
	if h.ready {
		w.wake()
	}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.watchers, w)
		if len(h.watchers) == 0 {
			h.ready = false // nobody keeps it up to date from here on
		}
		h.mu.Unlock()
	}()
	select {
	case h.woken <- struct{}{}:
	default:
	}

	out := http.NewResponseController(rw)
	out.SetReadDeadline(time.Time{}) // the request is read; the stream goes on
	header := rw.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	rw.WriteHeader(http.StatusOK)
	send := func(text []byte) bool {
		out.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := rw.Write(text); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !send([]byte(": gremio\n\n")) {
		return
	}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-alive.C:
			if h.isLost() {
				continue // silence tells the watcher that its picture is old
			}
			if !send([]byte(":\n\n")) {
				return
			}
			continue
		case <-w.woken:
		}
		frame := h.frame(w)
		if frame == nil {
			continue
		}
		if !send(frame) {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(frameEvery):
		}
	}
}

// frame returns what the watcher must be told now, nil when nothing.
func (h *Hub) frame(w *watcher) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ready {
		return nil
	}
	if !w.hasSnapshot {
		w.hasSnapshot = true
		w.carts, w.sections = map[gremio.Plate]bool{}, map[string]bool{}
		return h.snapshotOf(w)
	}
	var plates []gremio.Plate
	for _, p := range h.order {
		if w.carts[p] {
			plates = append(plates, p)
		}
	}
	sections := w.sections
	w.carts, w.sections = map[gremio.Plate]bool{}, map[string]bool{}
	if len(plates) == 0 && len(sections) == 0 {
		return nil
	}
	return h.encode("change", plates, sections, w.view.Since)
}

// snapshotOf returns the first frame of a watcher. Those who see the same share
// it: thousands at once hold it once.
func (h *Hub) snapshotOf(w *watcher) []byte {
	seen := map[string]bool{}
	key := string(w.view.Plate)
	for _, name := range slices.Sorted(maps.Keys(h.sections)) {
		if w.view.Sections[name] {
			seen[name] = true
			key += " " + name
		}
	}
	if !w.view.Sections["carts"] {
		key += " no carts"
	}
	if frame := h.snapshots[key]; frame != nil {
		return frame
	}
	var plates []gremio.Plate
	for _, p := range h.order {
		if w.sees(p) {
			plates = append(plates, p)
		}
	}
	frame := h.encode("snapshot", plates, seen, w.view.Since)
	if w.view.Plate == "" {
		h.snapshots[key] = frame
	}
	return frame
}

// encode returns a frame with the carts of plates, less what was before since,
// and with sections.
func (h *Hub) encode(event string, plates []gremio.Plate, sections map[string]bool, since time.Time) []byte {
	body := map[string]json.RawMessage{"at": json.RawMessage(`"` + h.Now().UTC().Format(time.RFC3339Nano) + `"`)}
	if len(plates) > 0 || event == "snapshot" {
		carts := make([][]byte, len(plates))
		for i, p := range plates {
			carts[i] = cartSince(h.carts[p], since)
		}
		body["carts"] = append(append([]byte("["), bytes.Join(carts, []byte(","))...), ']')
	}
	for name := range sections {
		body[name] = h.sections[name]
	}
	data, err := json.Marshal(body)
	if err != nil {
		h.Logger.Error("the live view cannot encode a frame", "because", err)
		return nil
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", event, data)
}

// cartSince leaves out of an encoded cart what was before since.
func cartSince(cart json.RawMessage, since time.Time) json.RawMessage {
	if since.IsZero() {
		return cart
	}
	var c gremio.Cart
	if err := json.Unmarshal(cart, &c); err != nil {
		return json.RawMessage("{}")
	}
	bounded, err := json.Marshal(c.Since(since))
	if err != nil {
		return json.RawMessage("{}")
	}
	return bounded
}
