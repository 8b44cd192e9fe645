// Package watch shows the guild at the terminal: carts, alerts, sightings and
// deliveries, replaced in place as GET /v1/live tells what changed.
package watch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	redrawEvery = 500 * time.Millisecond // ages grow and the window may have changed its size
	onceLimit   = 15 * time.Second       // for the one snapshot of Once
)

// Options say what is watched and where it is shown.
type Options struct {
	BaseURL string
	Token   string // bearer token, if the server wants an identity
	Out     io.Writer
	TTY     bool                       // Out is a terminal
	Keys    *os.File                   // the terminal's keyboard; nil if none: then only ctx ends Run
	Size    func() (width, height int) // of the terminal now; needed if TTY
	Lang    string                     // "es", the default, or "en"
	Once    bool                       // one snapshot, then end
	Client  *http.Client               // http.DefaultClient's transport if nil; must not have a Timeout
}

// A watcher is what the reader of the stream and the painter share.
type watcher struct {
	Options
	base    *url.URL
	words   *words
	colours bool
	changed chan struct{} // something below did; holds one

	mu          sync.Mutex
	guild       guild
	link        link
	told, heard time.Time
	seen        int // snapshots

	retry  time.Duration // what the server asked for; the reader's own
	scroll int           // the painter's own
}

// Run shows the guild until ctx ends or q is pressed, neither an error. Without
// a terminal, or with Once, it prints one snapshot as plain text and returns. A
// server that is away is tried again for ever on a terminal and is an error
// otherwise; one that refuses who asks is an error always.
func Run(ctx context.Context, o Options) error {
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return fmt.Errorf("watch: %q is not the address of a server, such as http://127.0.0.1:3000", o.BaseURL)
	}
	if o.Client == nil {
		o.Client = &http.Client{}
	}
	w := &watcher{Options: o, base: base, words: wordsOf(o.Lang), changed: make(chan struct{}, 1)}
	terminal := o.TTY && o.Size != nil && os.Getenv("TERM") != "dumb"
	w.colours = terminal && os.Getenv("NO_COLOR") == ""
	if o.Once || !terminal {
		return w.printOnce(ctx)
	}
	return w.show(ctx)
}

// printOnce prints the first snapshot with all its rows, as wide as they are.
func (w *watcher) printOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, onceLimit)
	defer cancel()
	known := func() bool { return !w.guild.at.IsZero() }
	if err := w.connect(ctx, known); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	var b strings.Builder
	for _, l := range w.view(0, 0).lines() {
		b.WriteString(l.render(w.colours) + "\n")
	}
	_, err := io.WriteString(w.Out, b.String())
	return err
}

// show follows the stream and paints until the end.
func (w *watcher) show(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	followed := make(chan error, 1)
	defer func() {
		cancel()
		if broken := <-followed; broken != nil && err == nil {
			err = fmt.Errorf("watch: %w", broken)
		}
	}()
	go func() {
		defer cancel()
		followed <- w.follow(ctx)
	}()
	keys, restore, err := readKeys(w.Keys)
	if err != nil {
		return err
	}
	defer restore()
	s := &screen{out: w.Out, colours: w.colours}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	tick := time.NewTicker(redrawEvery)
	defer tick.Stop()
	for {
		if err := s.paint(w.view(w.room())); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case k := <-keys:
			if k == keyQuit {
				return nil
			}
			w.scrollBy(k)
		case <-w.changed:
		case <-tick.C:
		}
	}
}

// room is the terminal's size, or the usual one of a terminal that does not tell.
func (w *watcher) room() (width, height int) {
	if width, height = w.Size(); width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}

// view is the picture of this moment. The slices in it are replaced, never
// changed, by later events; its carts are copied.
func (w *watcher) view(width, height int) *view {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.guild
	g.carts = make(map[string]cart, len(w.guild.carts))
	for plate, c := range w.guild.carts {
		g.carts[plate] = c
	}
	return &view{
		guild: &g, words: w.words, link: w.link, now: time.Now(), told: w.told, heard: w.heard,
		title: w.base.Host, width: width, height: height, scroll: &w.scroll,
	}
}

// scrollBy is called by the painter alone, which also owns scroll.
func (w *watcher) scrollBy(k key) {
	switch k {
	case keyUp:
		w.scroll--
	case keyDown:
		w.scroll++
	case keyPageUp:
		w.scroll -= 10
	case keyPageDown:
		w.scroll += 10
	case keyHome:
		w.scroll = 0
	}
	w.scroll = max(w.scroll, 0)
}

// change alters what the painter shows and tells it.
func (w *watcher) change(f func()) {
	w.mu.Lock()
	f()
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}
