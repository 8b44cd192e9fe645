package torture

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// strike lets one blow fall and brings everything back. It returns when the
// process that was hit runs again.
func (h *house) strike(ctx context.Context, b Blow, l *load) error {
	switch b.Kind {
	case API:
		return again(h.apis[int(b.Chance*float64(len(h.apis)))])
	case Transaction, Committed, Published:
		return h.killAt(ctx, b, l)
	case Copy:
		return h.twoCopies(ctx, b)
	case Frozen:
		return h.freeze(ctx, b, "")
	case ZombieBatch:
		return h.freeze(ctx, b, "batch")
	case ZombieTick:
		return h.zombieTick(ctx, b, l)
	case Broker, Controller:
		return h.killBroker(b)
	case Database:
		if err := h.real.killMariaDB(); err != nil {
			return err
		}
		time.Sleep(time.Duration(b.Chance * float64(2*time.Second)))
		return h.real.startMariaDB()
	case Disk:
		return h.fillDisk(ctx, b)
	case Up:
		return h.killUp(ctx, b)
	}
	if name, ok := strings.CutPrefix(string(b.Kind), string(Worker)+"-"); ok {
		return again(h.workers[name])
	}
	return fmt.Errorf("no kind of kill %q", b.Kind)
}

func again(p *process) error {
	p.kill()
	return p.start()
}

// killAt lets a worker kill itself at a chosen point of its loop. Whatever the
// load gives it leads it there; what it may not is given it.
func (h *house) killAt(ctx context.Context, b Blow, l *load) error {
	p := h.workers[b.Worker]
	pid := p.pid()
	if err := p.at(string(b.Kind), "kill"); err != nil {
		return err
	}
	if b.Worker == "stock" && b.Kind == Published {
		l.eat(ctx, fmt.Sprint("K", h.number()), 1)
	}
	return h.await(ctx, fmt.Sprintf("worker %s to die at %s", b.Worker, b.Kind), func() bool { return p.pid() != pid && p.running() })
}

func (h *house) number() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	return h.n
}

// twoCopies lets a second copy of a worker join its group, and kills one of the two.
func (h *house) twoCopies(ctx context.Context, b Blow) error {
	one := h.workers[b.Worker]
	two, err := h.newCopy(b.Worker)
	if err != nil {
		return err
	}
	wait(ctx, h.cfg.Session+time.Duration(b.Chance*float64(time.Second)))
	if b.Chance < 0.5 {
		two.kill()
		return nil
	}
	// The second one stays in the first one's place.
	one.kill()
	h.workers[b.Worker] = two
	return nil
}

// freeze stops a worker, at once or at a point, until another copy has taken
// its partitions over, and thaws it: it must come back and write nothing.
func (h *house) freeze(ctx context.Context, b Blow, point string) error {
	zombie, err := h.replace(ctx, b.Worker, point)
	if err != nil {
		return err
	}
	zombie.let()
	zombie.signal(syscall.SIGCONT)
	wait(ctx, time.Duration(b.Chance*float64(time.Second)))
	zombie.kill()
	return nil
}

// replace stops a worker, at once or at a point, and returns it when another
// copy has taken its partitions over.
func (h *house) replace(ctx context.Context, worker, point string) (zombie *process, err error) {
	zombie = h.workers[worker]
	if point != "" {
		if err := h.holdAt(ctx, zombie, point); err != nil {
			return nil, err
		}
	}
	if err := h.stop(ctx, zombie); err != nil {
		return nil, err
	}
	if err := h.takeOver(ctx, worker); err != nil {
		return nil, err
	}
	wait(ctx, h.cfg.Freeze)
	return zombie, nil
}

// holdAt holds the goroutine of a worker that comes to point next.
func (h *house) holdAt(ctx context.Context, p *process, point string) error {
	if err := p.at(point, "hold"); err != nil {
		return err
	}
	return h.await(ctx, p.name+" to come to its "+point, p.passed)
}

// stop stops a worker with SIGSTOP, but not while it holds the lock of the
// SQLite file: that would stop everybody, and no copy could take over.
func (h *house) stop(ctx context.Context, p *process) error {
	for range 100 {
		p.signal(syscall.SIGSTOP)
		if err := h.await(ctx, p.name+" to stop", p.stopped); err != nil {
			return err
		}
		if h.dsn != "" || h.unlocked(ctx) {
			return nil
		}
		p.signal(syscall.SIGCONT)
		wait(ctx, 7*time.Millisecond)
	}
	return fmt.Errorf("%s always holds the database's lock", p.name)
}

// takeOver starts another copy of a worker and waits until it owns what the old
// one had.
func (h *house) takeOver(ctx context.Context, worker string) error {
	before, err := h.epochs(ctx, worker)
	if err != nil {
		return err
	}
	next, err := h.newCopy(worker)
	if err != nil {
		return err
	}
	if err := h.await(ctx, "another copy of worker "+worker+" to take over", func() bool {
		now, err := h.epochs(ctx, worker)
		if err != nil {
			return false
		}
		for p, epoch := range before {
			if now[p] <= epoch {
				return false
			}
		}
		return true
	}); err != nil {
		return err
	}
	h.workers[worker] = next
	return nil
}

// zombieTick stops worker stock just before a tick decides, lets another copy
// take over and holds that one's ticks, so that a delivery is due that nobody
// prepares; then it thaws the first. Its old tick must not prepare it.
func (h *house) zombieTick(ctx context.Context, b Blow, l *load) error {
	zombie, err := h.replace(ctx, b.Worker, "tick")
	if err != nil {
		return err
	}
	heir := h.workers[b.Worker]
	defer heir.let()
	if err := h.holdAt(ctx, heir, "tick"); err != nil {
		return err
	}
	before, err := h.count(ctx, "SELECT COUNT(*) FROM deliveries")
	if err != nil {
		return err
	}
	l.eat(ctx, fmt.Sprint("Z", h.number()), stopsAtMost)
	if err := h.await(ctx, "replenishments that wait", func() bool {
		n, err := h.count(ctx, "SELECT COUNT(*) FROM replenishments WHERE state = 'open'")
		return err == nil && n >= stopsAtMost
	}); err != nil {
		return err
	}
	fenced := zombie.says("no longer owns")
	zombie.let()
	zombie.signal(syscall.SIGCONT)
	deadline := time.Now().Add(3 * time.Second)
	for zombie.says("no longer owns") == fenced && time.Now().Before(deadline) {
		wait(ctx, 20*time.Millisecond)
	}
	after, err := h.count(ctx, "SELECT COUNT(*) FROM deliveries")
	if err != nil {
		return err
	}
	if after != before {
		l.book.wrong("a worker that had been stopped and replaced prepared %d deliveries when it was thawed (%s)", after-before, zombie.name)
	}
	zombie.kill()
	return nil
}

// killBroker kills the embedded broker, or a node of Kafka: the controller, or any.
func (h *house) killBroker(b Blow) error {
	if h.real == nil {
		return again(h.broker)
	}
	node := 1 + int(b.Chance*float64(h.real.nodes))
	if b.Kind == Controller {
		var err error
		if node, err = h.controller(); err != nil {
			return err
		}
	}
	if err := h.real.killKafka(node); err != nil {
		return err
	}
	return h.real.startKafka(node)
}

// fillDisk leaves the embedded parts no byte for two to four seconds.
func (h *house) fillDisk(ctx context.Context, b Blow) error {
	free, err := fill(h.data)
	if err != nil {
		return err
	}
	wait(ctx, 2*time.Second+time.Duration(b.Chance*float64(2*time.Second)))
	free()
	return nil
}

// killUp ends all parts, unless they are ended, and kills gremio in one process.
func (h *house) killUp(ctx context.Context, b Blow) error {
	if !h.inOne {
		h.killAll()
		h.inOne = true
		if err := h.up.start(); err != nil {
			return err
		}
		if err := h.awaitReady(ctx); err != nil {
			return err
		}
		wait(ctx, time.Duration((0.5+b.Chance)*float64(time.Second)))
	}
	return again(h.up)
}

// apart ends gremio in one process and starts its parts.
func (h *house) apart(ctx context.Context) error {
	if !h.inOne {
		return nil
	}
	h.killAll()
	return h.startApart(ctx)
}
