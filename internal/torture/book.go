package torture

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// An event is what a client has sent, or is about to send.
type event struct {
	id     string
	kind   string // sale, position, sighting, stock_count, shift, application
	path   string
	header string // the Idempotency-Key, when the body has no id
	body   []byte
	other  []byte // other words under the same id; nil for none
	plate  string
	sale   *sale
	at     string // where the log has it
	acked  bool
	reused bool // other words were sent under its id
	blow   int  // the blow during which it was sent first
}

// A sale is what the oracle's totals count.
type sale struct {
	day    string
	client string
	units  int
	hour   int
}

// A book is the oracle's own account. Every event is written to a file before
// it is sent, and again when it is acknowledged.
type book struct {
	mu     sync.Mutex
	file   *os.File
	out    *bufio.Writer
	events map[string]*event
	carts  map[string]*cart
	acked  int
	blow   int
	perHit map[int]int // events acknowledged, by the blow in whose time
	wrongs []string
	acks   map[string]bool // alerts that the desk has acknowledged
	start  time.Time
}

func newBook(file string) (*book, error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	return &book{file: f, out: bufio.NewWriter(f), events: map[string]*event{}, carts: map[string]*cart{},
		perHit: map[int]int{}, acks: map[string]bool{}, start: time.Now()}, nil
}

func (b *book) note(what string, e *event) {
	line, _ := json.Marshal(map[string]any{"t": time.Since(b.start).Seconds(), "what": what, "id": e.id, "at": e.at, "path": e.path, "body": json.RawMessage(e.body), "blow": b.blow})
	b.out.Write(append(line, '\n'))
}

func (b *book) sending(e *event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.events[e.id]; !ok {
		e.blow = b.blow
		b.events[e.id] = e
		b.note("send", e)
	}
}

func (b *book) acknowledged(e *event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !e.acked {
		e.acked = true
		b.acked++
		b.perHit[b.blow]++
		b.note("ack", e)
	}
}

func (b *book) reusing(e *event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.reused = true
	b.note("reuse", e)
}

// mostWrongs bounds what is told of a run that went all wrong.
const mostWrongs = 200

func (b *book) wrong(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wrongs) < mostWrongs {
		b.wrongs = append(b.wrongs, fmt.Sprintf(format, args...))
	}
}

// struck says that the next blow falls; what is acknowledged from now on counts for it.
func (b *book) struck(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blow = n
}

func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.acked
}

func (b *book) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.out.Flush()
	b.file.Close()
}

// fixesOf returns how many positions of each cart were acknowledged.
func (b *book) fixesOf() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := map[string]int{}
	for _, e := range b.events {
		if e.acked && e.kind == "position" {
			n[e.plate]++
		}
	}
	return n
}
