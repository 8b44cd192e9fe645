// Package simulate is a guild of invented carts that apply, walk, sell, run low,
// fall silent and come back, over HTTP like any real client. It is what
// "make demo" and "gremio simulate" show.
package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

const (
	requestsAtOnce = 8                // of the whole guild: it shares a small machine with the server
	requestTimeout = 10 * time.Second // after it the outcome is unknown and the event is sent again
	logEvery       = 10 * time.Second
)

// ErrRemote is returned by Run for a server on another machine: invented members
// and sales must not reach a real guild by a slip of the keyboard.
var ErrRemote = errors.New("simulate: only a server on this machine is accepted unless remote ones are allowed")

// Config says where the guild sells and how lively it is. The zero value of a
// field but BaseURL takes its default.
type Config struct {
	BaseURL     string        // http://127.0.0.1:3000
	AllowRemote bool          // accept a BaseURL that is not on loopback
	Carts       int           // 60
	Seed        uint64        // same seed: same plates, people, routes and clients
	Interval    time.Duration // between a cart's positions, 5 s; each cart strays a little from it
	Speed       float64       // 1; 2 sells twice as fast

	// Who the driver is: a bearer token, or an e-mail and a password to sign in
	// with. Without either, stops are confirmed only if the server lets anyone.
	Token, Email, Password string

	Logger *slog.Logger // slog.Default()
}

// A Guild is the invented guild. It is used by one Run.
type Guild struct {
	cfg     Config
	base    *url.URL
	err     error // why the configuration cannot run
	client  *http.Client
	slots   *semaphore.Weighted
	carts   []*cart
	account account
}

// New plans the guild. A configuration that cannot run is reported by Run.
func New(cfg Config) *Guild {
	if cfg.Carts <= 0 {
		cfg.Carts = 60
	}
	if cfg.Interval <= 0 {
		cfg.Interval = 5 * time.Second
	}
	if cfg.Speed <= 0 {
		cfg.Speed = 1
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	g := &Guild{cfg: cfg, slots: semaphore.NewWeighted(requestsAtOnce)}
	g.base, g.err = checkBase(cfg.BaseURL, cfg.AllowRemote)
	jar, _ := cookiejar.New(nil) // fails for no options
	g.client = &http.Client{
		Timeout: requestTimeout,
		Jar:     jar,
		// No proxy and no redirect may lead the guild away from the address it was given.
		Transport: &http.Transport{
			MaxIdleConnsPerHost: requestsAtOnce,
			IdleConnTimeout:     time.Minute,
			DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for i, p := range newPlan(cfg.Seed, cfg.Carts) {
		g.carts = append(g.carts, newCart(g, i, p))
	}
	return g
}

// checkBase refuses what is no server address, and one away from this machine unless remote is true.
func checkBase(base string, remote bool) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, fmt.Errorf("simulate: %q is not the address of a server, such as http://127.0.0.1:3000", base)
	}
	if remote || u.Hostname() == "localhost" {
		return u, nil
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%w: %s", ErrRemote, u.Host)
	}
	return u, nil
}

// Run lets the guild work until ctx ends, which is no error. A server that is
// away is waited for; what it did not acknowledge is sent again under the same id.
func (g *Guild) Run(ctx context.Context) error {
	if g.err != nil {
		return g.err
	}
	defer g.client.CloseIdleConnections()
	err := g.run(ctx)
	g.cfg.Logger.Info("simulated guild closes", g.account.attrs()...)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (g *Guild) run(ctx context.Context) error {
	g.cfg.Logger.Info("simulated guild opens", "carts", len(g.carts), "seed", g.cfg.Seed, "server", g.base.Host)
	if err := g.enter(ctx); err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	for _, c := range g.carts {
		work.Go(func() error { return c.run(ctx) })
	}
	work.Go(func() error { return g.runTroubles(ctx) })
	work.Go(func() error { return newDriver(g).run(ctx) })
	work.Go(func() error { return g.applyWithoutCart(ctx) })
	work.Go(func() error { return g.logCounts(ctx) })
	return work.Wait()
}

// Counts tells what became of the events so far.
func (g *Guild) Counts() Counts { return g.account.counts() }

func (g *Guild) logCounts(ctx context.Context) error {
	for {
		if err := sleep(ctx, logEvery); err != nil {
			return err
		}
		g.cfg.Logger.Info("simulated guild", g.account.attrs()...)
	}
}

// sleep waits for d, or returns ctx's error as soon as it ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
