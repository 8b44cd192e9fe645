package grow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gremio"
)

// A Store is the database as whoever adds partitions needs it.
type Store interface {
	GateStore
	BeginPause(ctx context.Context, before gremio.Pause, token string) error
	KeepPause(ctx context.Context, token string) error
	EndPause(ctx context.Context, token string) error
	Quiet(ctx context.Context, token string) (map[string]bool, error)
	Offsets(ctx context.Context, worker string) ([]gremio.Offset, error)
	OutboxSizes(ctx context.Context) (map[string]int64, error)
}

// A Log is the topics as whoever adds partitions needs them.
type Log interface {
	Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error)
	Since(ctx context.Context, topic gremio.Topic, from time.Time, offsets map[int32]int64) ([]gremio.Record, map[int32]int64, error)
	AddPartitions(ctx context.Context, topic gremio.Topic, count int) error
}

const (
	// An api that says nothing for so long is dead: it says something every 5 s.
	deadAfter = 3*gremio.IntakeAliveEvery + time.Second
	// The owner of a pause that could not keep it for so long must not rely on it.
	keptWithin = gremio.PauseExpiry / 2
	tellEvery  = 2 * time.Second
)

// A Growth adds partitions once.
type Growth struct {
	Store Store
	Log   Log
	Reads map[string][]gremio.Topic // the topics that each worker reads
	// CountLasts is how long a writer may go by a number of partitions that it
	// has asked for.
	CountLasts time.Duration
	// Patience is how long apis may take to fall quiet, and workers to apply
	// what the log holds, before it is given up and take-in goes on.
	Patience time.Duration
	Tell     func(format string, args ...any)

	token string
	kept  time.Time // when the pause was last known to count
	added bool      // partitions, so what was written by the old number must be applied before take-in goes on
}

// Run brings each topic of want to so many partitions. Ended at any moment, it
// leaves a guild that works: run again it finishes.
func (g *Growth) Run(ctx context.Context, want map[gremio.Topic]int) error {
	todo, err := g.check(ctx, want)
	if err != nil {
		return err
	}
	if len(todo) == 0 {
		unfinished, err := g.unfinished(ctx, want)
		if err != nil || !unfinished {
			return err
		}
		g.Tell("an earlier growth did not end: what it left is done now")
		g.added = true
	}
	began := time.Now()
	if err := g.begin(ctx); err != nil {
		return err
	}
	defer func() {
		if g.added {
			// Its pause stands, for the next run to see that this one did not end.
			g.Tell("partitions were added, but the rest is not done: run gremio topics grow again; take-in goes on within %s", gremio.PauseExpiry)
			return
		}
		g.end(ctx)
	}()
	keeping, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go g.keep(keeping, cancel)
	if err := g.pausedRun(keeping, todo); err != nil {
		if cause := context.Cause(keeping); cause != nil && ctx.Err() == nil {
			err = cause
		}
		return err
	}
	g.added = false
	g.end(ctx)
	g.Tell("take-in goes on; it paused for %s", time.Since(began).Round(100*time.Millisecond))
	return g.taken(ctx, want)
}

// unfinished reports whether a growth to want added its partitions and was ended
// before it was done: its pause still stands, or nobody has taken some of them.
func (g *Growth) unfinished(ctx context.Context, want map[gremio.Topic]int) (bool, error) {
	_, standing, err := g.Store.Pause(ctx)
	if err != nil || standing {
		return standing, err
	}
	missing, err := g.untaken(ctx, want)
	if len(missing) > 0 {
		g.Tell("not taken yet by worker %s: it reads them when it runs", strings.Join(missing, ", "))
	}
	return false, err
}

func (g *Growth) pausedRun(ctx context.Context, want map[gremio.Topic]int) error {
	if err := g.awaitQuiet(ctx); err != nil {
		return err
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	for _, topic := range gremio.Topics() {
		count, ok := want[topic]
		if !ok {
			continue
		}
		// A pause that has run out meanwhile protects nobody.
		if err := g.Store.KeepPause(ctx, g.token); err != nil {
			return err
		}
		g.added = true // as far as anybody can tell, whatever it answers
		if err := g.Log.AddPartitions(ctx, topic, count); err != nil {
			return err
		}
		g.Tell("%s has %d partitions", topic, count)
	}
	g.Tell("waiting until everybody who writes has seen them")
	if !sleep(ctx, g.CountLasts+time.Second) {
		return context.Cause(ctx)
	}
	return g.drain(ctx) // what workers derived by the old number
}

// check returns what of want is to be done, and refuses what cannot be.
func (g *Growth) check(ctx context.Context, want map[gremio.Topic]int) (map[gremio.Topic]int, error) {
	todo := map[gremio.Topic]int{}
	var wrong []string
	for _, topic := range gremio.Topics() {
		count, ok := want[topic]
		if !ok {
			continue
		}
		ends, err := g.Log.Ends(ctx, topic)
		if err != nil {
			return nil, err
		}
		switch {
		case count < gremio.MinPartitions:
			wrong = append(wrong, fmt.Sprintf("%s: a topic has at least %d partitions, not %d", topic, gremio.MinPartitions, count))
		case count < len(ends):
			wrong = append(wrong, fmt.Sprintf("%s has %d partitions: a topic never shrinks, not to %d", topic, len(ends), count))
		case count == len(ends):
			g.Tell("%s has %d partitions already", topic, count)
		default:
			todo[topic] = count
		}
	}
	if len(wrong) > 0 {
		return nil, gremio.Errorf(gremio.Invalid, "%s", strings.Join(wrong, "; "))
	}
	return todo, nil
}

// begin asks for the pause. One that somebody who died left behind is taken
// over once it has not moved for as long as it counts.
func (g *Growth) begin(ctx context.Context) error {
	g.token = uuid.NewString()
	before, found, err := g.Store.Pause(ctx)
	if err != nil {
		return err
	}
	if found {
		g.Tell("a pause stands there already: waiting %s to see whether somebody keeps it", gremio.PauseExpiry)
		if !sleep(ctx, gremio.PauseExpiry+time.Second) {
			return ctx.Err()
		}
		now, found, err := g.Store.Pause(ctx)
		if err != nil {
			return err
		}
		if found && now != before {
			return gremio.Errorf(gremio.Conflict, "somebody else adds partitions now: wait until that is done")
		}
		if !found {
			before = gremio.Pause{}
		}
	}
	if err := g.Store.BeginPause(ctx, before, g.token); err != nil {
		return err
	}
	g.kept = time.Now()
	g.Tell("take-in pauses: every api answers 503 to what it would write")
	return nil
}

// keep says every second that the pause counts, and ends the work when it
// cannot be sure of that any more.
func (g *Growth) keep(ctx context.Context, fail context.CancelCauseFunc) {
	kept := g.kept
	ticker := time.NewTicker(gremio.PauseBeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		once, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := g.Store.KeepPause(once, g.token)
		cancel()
		switch {
		case err == nil:
			kept = time.Now()
		case gremio.KindOf(err) == gremio.Fenced:
			fail(err)
			return
		}
		if time.Since(kept) > keptWithin {
			fail(gremio.Errorf(gremio.Unavailable, "the pause could not be kept for %s: the database is away; run gremio topics grow again when it is back", keptWithin))
			return
		}
	}
}

// end lets take-in go on, though ctx may have ended. If the database is away the
// pause ends by itself.
func (g *Growth) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := g.Store.EndPause(ctx, g.token); err != nil {
		g.Tell("the pause could not be ended (%v): it ends by itself within %s", err, gremio.PauseExpiry)
	}
}

// awaitQuiet waits until no api writes any more. An api that lives says so on
// the log every 5 s unless it pauses, so one that does not hear of the pause,
// because it cannot read the database, is found out.
func (g *Growth) awaitQuiet(ctx context.Context) error {
	began := time.Now()
	signs, offsets, err := g.Log.Since(ctx, gremio.TopicPositions, began.Add(-time.Minute), nil)
	if err != nil {
		return err
	}
	heard := map[string]time.Time{} // when a sign of an api was last seen to arrive
	hear := func(records []gremio.Record) {
		for _, r := range records {
			if alive, ok := r.Event.Data.(gremio.IntakeAlive); ok {
				heard[alive.API] = time.Now()
			}
		}
	}
	hear(signs)
	told := time.Time{}
	for {
		quiet, err := g.Store.Quiet(ctx, g.token)
		if err != nil && gremio.KindOf(err) != gremio.Unavailable {
			return err
		}
		var writing []string
		for api, at := range heard {
			if !quiet[api] && time.Since(at) < deadAfter {
				writing = append(writing, api)
			}
		}
		if err == nil && len(writing) == 0 {
			g.Tell("quiet: %d apis write no more", len(quiet))
			return nil
		}
		slices.Sort(writing)
		if time.Since(began) > g.Patience {
			return gremio.Errorf(gremio.Unavailable, "still taking in: %s. Can it read the database? Mend it or stop it, and run gremio topics grow again; nothing was changed", strings.Join(writing, ", "))
		}
		if time.Since(told) > tellEvery {
			told = time.Now()
			g.Tell("waiting for %s to write no more", strings.Join(writing, ", "))
		}
		if !sleep(ctx, 300*time.Millisecond) {
			return context.Cause(ctx)
		}
		if signs, offsets, err = g.Log.Since(ctx, gremio.TopicPositions, began, offsets); err != nil {
			return err
		}
		hear(signs)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
