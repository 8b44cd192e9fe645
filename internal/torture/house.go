package torture

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A house is gremio as it is run apart: its processes and where they lie.
type house struct {
	cfg   Config
	data  string // the folder that all processes share
	urls  []string
	kafka []string
	dsn   string // of MariaDB; "" for SQLite in data
	real  *realParts

	receiver *receiver // of notices
	broker   *process  // embedded
	apis     []*process
	workers  map[string]*process
	up       *process

	mu     sync.Mutex
	copies []*process
	inOne  bool // gremio runs as one process now
	n      int
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// newHouse plans the processes without starting any.
func newHouse(cfg Config, real *realParts) (*house, error) {
	h := &house{cfg: cfg, data: filepath.Join(cfg.Dir, "data"), real: real, workers: map[string]*process{}, receiver: newReceiver()}
	if err := os.MkdirAll(h.data, 0o750); err != nil {
		return nil, err
	}
	ports := make([]int, 3)
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	if real != nil {
		h.kafka, h.dsn = real.kafka, real.dsn
	} else {
		h.kafka = []string{fmt.Sprint("127.0.0.1:", ports[2])}
		h.broker = h.process("broker", "broker", "--broker-listen", h.kafka[0])
	}
	for i := range 2 {
		addr := fmt.Sprint("127.0.0.1:", ports[i])
		h.urls = append(h.urls, "http://"+addr)
		h.apis = append(h.apis, h.process(fmt.Sprint("api-", i+1), "api", "--open-ingest", "--listen", addr))
	}
	for _, w := range workers {
		h.workers[w] = h.process("worker-"+w, "worker", w)
	}
	up := []string{"up", "--open-ingest", "--listen", fmt.Sprint("127.0.0.1:", ports[0])}
	if real == nil {
		up = append(up, "--broker-listen", h.kafka[0])
	}
	h.up = h.process("up", up...)
	return h, nil
}

func (h *house) process(name string, args ...string) *process {
	args = append(args, "--data", h.data)
	if h.real != nil {
		if args[0] != "broker" {
			for _, k := range h.kafka {
				args = append(args, "--kafka", k)
			}
			args = append(args, "--database", h.dsn, "--master-key-file", filepath.Join(h.cfg.Dir, "master.key"))
		}
	}
	return &process{name: name, args: args, bin: h.cfg.Binary, dir: h.cfg.Dir,
		env: []string{"GREMIO_SESSION_TIMEOUT=" + h.cfg.Session.String(), "GREMIO_NOTIFY=" + h.receiver.url()}}
}

// newCopy starts a second process of a worker.
func (h *house) newCopy(worker string) (*process, error) {
	h.mu.Lock()
	h.n++
	p := h.process(fmt.Sprintf("copy-%d-%s", h.n, worker), "worker", worker)
	h.copies = append(h.copies, p)
	h.mu.Unlock()
	return p, p.start()
}

// parts returns the processes of gremio run apart.
func (h *house) parts() []*process {
	var all []*process
	if h.broker != nil {
		all = append(all, h.broker)
	}
	all = append(all, h.apis...)
	for _, w := range workers {
		all = append(all, h.workers[w])
	}
	return all
}

// everything returns every process that there ever was.
func (h *house) everything() []*process {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(append(h.parts(), h.up), h.copies...)
}

// startApart starts all parts, and the broker before the others.
func (h *house) startApart(ctx context.Context) error {
	h.inOne = false
	if h.broker != nil {
		if err := h.broker.start(); err != nil {
			return err
		}
		if err := h.await(ctx, "the embedded broker", func() bool {
			_, err := os.Stat(filepath.Join(h.data, "broker", "address"))
			return err == nil && listens(h.kafka[0])
		}); err != nil {
			return err
		}
	}
	for _, p := range h.parts() {
		if err := p.start(); err != nil {
			return err
		}
	}
	return h.awaitReady(ctx)
}

func (h *house) killAll() {
	var wg sync.WaitGroup
	for _, p := range h.everything() {
		wg.Go(p.kill)
	}
	wg.Wait()
}

func listens(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// awaitReady waits until an api is ready.
func (h *house) awaitReady(ctx context.Context) error {
	return h.await(ctx, "an api that is ready", func() bool {
		for _, url := range h.urls {
			resp, err := httpClient.Get(url + "/readyz")
			if err != nil {
				continue
			}
			resp.Body.Close()
			if resp.StatusCode == 200 {
				return true
			}
		}
		return false
	})
}

// await waits until ready, but not for ever.
func (h *house) await(ctx context.Context, what string, ready func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, h.cfg.Patience, fmt.Errorf("waited %s for %s", h.cfg.Patience, what))
	defer cancel()
	for !ready() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// ownEnds returns which processes ended though nobody ended them. That a part
// is away (exit code 4) is no fault of theirs.
func (h *house) ownEnds() []string {
	var all []string
	for _, p := range h.everything() {
		for _, e := range p.ends() {
			if e != "exit status 4" {
				all = append(all, p.name+" ended by itself: "+e)
			}
		}
	}
	return all
}
