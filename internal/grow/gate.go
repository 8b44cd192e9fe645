// Package grow adds partitions to topics while a guild is running. Records of
// one key must stay in order, so nobody may write by the old number of
// partitions while another writes by the new one: take-in pauses, what is in
// the log is applied, partitions are added, take-in goes on.
package grow

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gremio"
)

// A GateStore is where a pause of take-in is asked for and answered.
type GateStore interface {
	Pause(ctx context.Context) (gremio.Pause, bool, error)
	SayQuiet(ctx context.Context, token, api string) error
}

// A GateLog is the log that a gate stands before.
type GateLog interface {
	Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error)
	Flush(ctx context.Context) error
}

const (
	lookEvery  = time.Second
	lookWithin = time.Second
	lookLasts  = 4 * time.Second // a process that was frozen for longer looks before it writes
)

// A Gate stands between an api and the log, and is shut while take-in pauses.
// While the database is away it stays as it is: take-in does not need it. Whoever
// adds partitions finds an api that does not hear the pause by its signs of life
// on the log, and gives up.
type Gate struct {
	Store  GateStore
	Log    GateLog
	API    string // this api's name, as its signs of life say it
	Logger *slog.Logger

	looking  sync.Mutex
	mu       sync.Mutex
	pause    gremio.Pause // the newest that was seen
	movedAt  time.Time    // when its beat was last seen to move
	shut     bool
	quiet    bool // said so in this pause
	inFlight int
	lookedAt time.Time
}

// Run looks every second whether take-in is to pause, until ctx ends.
func (g *Gate) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		g.look(ctx)
		g.sayQuiet(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Append is the log's, unless the gate is shut.
func (g *Gate) Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error) {
	if err := g.enter(ctx); err != nil {
		return nil, err
	}
	defer func() {
		g.mu.Lock()
		g.inFlight--
		g.mu.Unlock()
	}()
	return g.Log.Append(ctx, events)
}

// Shut reports whether take-in pauses. An api says no sign of life meanwhile, so
// the pause counts against no cart.
func (g *Gate) Shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

func (g *Gate) enter(ctx context.Context) error {
	g.mu.Lock()
	late := time.Since(g.lookedAt) > lookLasts
	g.mu.Unlock()
	if late {
		g.look(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return gremio.Errorf(gremio.Unavailable, "take-in pauses while partitions are added")
	}
	g.inFlight++
	return nil
}

// look asks whether take-in is to pause.
func (g *Gate) look(ctx context.Context) {
	g.looking.Lock()
	defer g.looking.Unlock()
	g.mu.Lock()
	recent := time.Since(g.lookedAt) < lookEvery/2
	g.mu.Unlock()
	if recent {
		return // another who waited has just looked
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookWithin)
	defer cancel()
	pause, found, err := g.Store.Pause(ctx)
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lookedAt = now
	was := g.shut
	switch {
	case err == nil && !found:
		g.shut = false
	case err == nil && pause != g.pause:
		if pause.Token != g.pause.Token {
			g.quiet = false
		}
		g.pause, g.movedAt, g.shut = pause, now, true
	case g.shut && now.Sub(g.movedAt) > gremio.PauseExpiry:
		g.shut = false // whoever asked for it is gone
	}
	if g.shut != was {
		g.Logger.Info(map[bool]string{true: "take-in pauses while partitions are added", false: "take-in goes on"}[g.shut])
	}
	if !g.shut {
		g.quiet = false
	}
}

// sayQuiet says once in a pause that nothing of this api is on its way.
func (g *Gate) sayQuiet(ctx context.Context) {
	g.mu.Lock()
	ask := g.shut && !g.quiet && g.inFlight == 0
	token := g.pause.Token
	g.mu.Unlock()
	if !ask {
		return
	}
	flush, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := g.Log.Flush(flush); err != nil {
		return // a record is still on its way
	}
	if err := g.Store.SayQuiet(flush, token, g.API); err != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pause.Token == token {
		g.quiet = true
	}
}
