package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Run runs one campaign's step: it starts everything, lets the planned blows
// fall under load, starts everything again and compares. The error is of what
// kept it from a verdict.
func Run(ctx context.Context, cfg Config) (Result, error) {
	r, err := open(ctx, cfg)
	if err != nil {
		return Result{}, err
	}
	defer r.close()
	return r.ended(r.all(ctx))
}

// open starts the parts; nobody talks to them yet.
func open(ctx context.Context, cfg Config) (r *run, err error) {
	r = &run{cfg: cfg, began: time.Now(), result: &Result{Parts: Parts(cfg.Real), Seed: cfg.Seed, At: time.Now().UTC(), Kinds: map[Kind]*Tally{}}}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	data := filepath.Join(cfg.Dir, "data")
	if err := os.MkdirAll(data, 0o755); err != nil { // MariaDB runs as an account without rights
		return nil, err
	}
	var real *realParts
	if cfg.Real > 0 {
		cfg.say("starting %d Kafka and MariaDB", cfg.Real)
		if real, err = startReal(cfg.Script, filepath.Join(cfg.Dir, "real"), cfg.Real); err != nil {
			return nil, err
		}
		r.atEnd(real.stop)
	} else if cfg.Kills[Disk] > 0 {
		if err := mount(data, 512); err != nil {
			return nil, fmt.Errorf("mount a small disk: %w", err)
		}
		r.atEnd(func() { unmount(data) })
	}
	if r.h, err = newHouse(cfg, real); err != nil {
		return nil, err
	}
	if r.b, err = newBook(filepath.Join(cfg.Dir, "oracle.jsonl")); err != nil {
		return nil, err
	}
	r.atEnd(r.h.receiver.server.Close)
	r.atEnd(r.b.close)
	r.atEnd(r.h.killAll)
	r.l = newLoad(cfg, r.b, r.h.urls)
	return r, r.start(ctx)
}

// start starts gremio apart, and sets what a run must not wait hours for.
func (r *run) start(ctx context.Context) error {
	if r.h.real != nil {
		if err := r.gremio(ctx, "migrate"); err != nil {
			return err
		}
	}
	if err := r.h.startApart(ctx); err != nil {
		return err
	}
	if err := r.makeKeys(ctx); err != nil {
		return err
	}
	return r.gremio(ctx, "settings", "set", "opens_at=00:00", "closes_at=00:00", "delivery_wait_seconds=3",
		fmt.Sprint("silent_after_seconds=", int(r.cfg.Silent.Seconds())))
}

func (r *run) atEnd(do func()) { r.ends = append(r.ends, do) }

func (r *run) close() {
	for _, do := range slices.Backward(r.ends) {
		do()
	}
}

// ended returns the result, or what kept the run from one.
func (r *run) ended(err error) (Result, error) {
	r.result.Seconds = time.Since(r.began).Seconds()
	if r.b != nil {
		r.result.Acked = r.b.count()
	}
	if err != nil {
		err = fmt.Errorf("%w (seed %d)", err, r.cfg.Seed)
	}
	return *r.result, err
}

type run struct {
	cfg    Config
	h      *house
	b      *book
	l      *load
	result *Result
	blows  []Blow
	began  time.Time
	ends   []func()
	giveUp func() // ends the load though what it began is not acknowledged
}

func (c Config) say(format string, args ...any) {
	fmt.Fprintf(c.Out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func (r *run) all(ctx context.Context) error {
	load, giveUp := context.WithCancel(ctx)
	defer giveUp()
	r.giveUp = giveUp
	if !r.l.begin(load) {
		return ctx.Err()
	}
	r.blows = Plan(r.cfg.Seed, r.cfg.Kills)
	r.cfg.say("seed %d: %d kills on %s; logs in %s", r.cfg.Seed, len(r.blows), r.result.Parts, r.cfg.Dir)
	for n, blow := range r.blows {
		if err := r.strike(ctx, n, blow); errors.Is(err, errDeaf) {
			r.b.wrong("kill %d (%s %s): %v", n+1, blow.Kind, blow.Worker, err)
			break
		} else if err != nil {
			return fmt.Errorf("kill %d (%s %s): %w", n+1, blow.Kind, blow.Worker, err)
		}
	}
	return r.judge(ctx)
}

// gremio runs a command of gremio.
func (r *run) gremio(ctx context.Context, words ...string) error {
	_, err := r.says(ctx, words...)
	return err
}

// says runs a command of gremio and returns what it prints.
func (r *run) says(ctx context.Context, words ...string) (string, error) {
	args := append(words, r.h.process("", "").args[1:]...)
	if words[0] == "settings" { // it wants the database alone
		args = append(words, "--data", r.h.data)
		if r.h.dsn != "" {
			args = append(args, "--database", r.h.dsn)
		}
	}
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, r.cfg.Binary, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("gremio %s: %w: %s%s", strings.Join(words, " "), err, out, errs.String())
	}
	return string(out), err
}

// strike lets a blow fall and waits until a probe has come through.
func (r *run) strike(ctx context.Context, n int, blow Blow) error {
	if blow.Kind != Up {
		if err := r.h.apart(ctx); err != nil {
			return err
		}
	}
	wait(ctx, time.Duration(blow.Pause*float64(r.cfg.Pause)))
	r.b.struck(n)
	began := time.Now()
	if err := r.h.strike(ctx, blow, r.l); err != nil {
		return err
	}
	if err := r.probe(ctx, blow); err != nil {
		return err
	}
	took := time.Since(began)
	t := r.tally(blow.Kind)
	t.Kills++
	t.Recover = append(t.Recover, took.Seconds())
	if r.cfg.Verbose {
		r.cfg.say("kill %d/%d %s %s: back after %.1f s, %d events acknowledged", n+1, len(r.blows), blow.Kind, blow.Worker, took.Seconds(), r.b.count())
	}
	return nil
}

// errDeaf says that a probe did not come through. What was lost with it is for
// the verdict to find.
var errDeaf = errors.New("what was sent after the kill did not come through")

// probe sends events that every worker reads, and waits until each has them.
func (r *run) probe(ctx context.Context, blow Blow) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.cfg.Patience, errDeaf)
	defer cancel()
	c := r.l.cart(fmt.Sprint("P", r.h.number()), nothing)
	sale := r.l.probe.newSale(c, time.Now(), nil)
	if !r.l.probe.deliver(ctx, sale) {
		return context.Cause(ctx)
	}
	c.sell(sale.sale.units, nil)
	events := []*event{sale}
	switch {
	case blow.hits("members"):
		events = append(events, r.l.applicants.newProbe(r.l.probe.nextID(), c.plate+"A"))
	case blow.hits("alerts"):
		events = append(events, r.l.newSighting())
	}
	for _, e := range events {
		if !e.acked && !r.l.probe.deliver(ctx, e) {
			return context.Cause(ctx)
		}
		if _, ok := r.l.probe.settled(ctx, e); !ok {
			return context.Cause(ctx)
		}
		if e.kind == "sighting" && !r.alerted(ctx) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// alerted waits until a sighting's alert is there.
func (r *run) alerted(ctx context.Context) bool {
	for {
		n, err := r.h.count(ctx, "SELECT COUNT(*) FROM alerts WHERE kind = 'sighting'")
		seen, err2 := r.h.count(ctx, "SELECT COUNT(*) FROM sightings")
		if err == nil && err2 == nil && n >= seen {
			return true
		}
		if !wait(ctx, 20*time.Millisecond) {
			return false
		}
	}
}

// judge ends the load, waits for everything to come through and compares.
func (r *run) judge(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Minute, fmt.Errorf("there was no verdict in five minutes"))
	defer cancel()
	r.b.struck(len(r.blows))
	if err := r.h.apart(ctx); err != nil {
		return err
	}
	r.cfg.say("waiting for what is on its way: %d events acknowledged", r.b.count())
	ended := make(chan struct{})
	go func() { r.l.end(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(r.cfg.Patience):
		r.b.wrong("clients waited %s in vain for what they had sent", r.cfg.Patience)
		r.giveUp()
		<-ended
	}
	if err := r.h.caughtUp(ctx); err != nil {
		r.b.wrong("%v", err) // what that led to is compared all the same
	}
	if err := r.silences(ctx); err != nil {
		return err
	}
	r.l.endBeacons()
	if len(r.b.wrongs) == 0 {
		if err := r.h.caughtUp(ctx); err != nil {
			return err
		}
	}
	j := &judge{h: r.h, l: r.l, b: r.b, kills: len(r.blows)}
	j.verdict(ctx)
	r.count(j.found)
	return nil
}

// silences waits until every cart that fell silent is missed.
func (r *run) silences(ctx context.Context) error {
	want := 0
	for _, c := range r.b.carts {
		want += c.silent
	}
	deadline := time.Now().Add(2*r.cfg.Silent + 30*time.Second)
	for time.Now().Before(deadline) {
		got, err := r.h.count(ctx, "SELECT COUNT(*) FROM alerts WHERE kind = 'silent'")
		if err != nil {
			return err
		}
		if got >= want {
			break
		}
		if !wait(ctx, 200*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
	wait(ctx, 2*time.Second) // one too many would come now
	return nil
}

func (r *run) tally(k Kind) *Tally {
	if r.result.Kinds[k] == nil {
		r.result.Kinds[k] = &Tally{}
	}
	return r.result.Kinds[k]
}

// count gives each finding to the kind in whose time its event was sent.
func (r *run) count(found []Finding) {
	r.result.Findings = found
	for n, acked := range r.b.perHit {
		if n < len(r.blows) {
			r.tally(r.blows[n].Kind).Acked += acked
		}
	}
	for _, f := range found {
		var t Tally
		to := &t
		if f.Blow >= 0 && f.Blow < len(r.blows) {
			to = r.tally(r.blows[f.Blow].Kind)
		}
		switch f.Sort {
		case "lost":
			r.result.Lost++
			to.Lost++
		case "doubled":
			r.result.Doubled++
			to.Doubled++
		default:
			r.result.Wrong++
		}
	}
}
