package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"gremio"
	"gremio/internal/identity"
	"gremio/internal/kafka"
	"gremio/internal/kafka/embedded"
	"gremio/internal/simulate"
)

type listenFlags struct {
	Listen             string `help:"Address of the api and its pages." default:"127.0.0.1:3000" placeholder:"HOST:PORT"`
	OpenIngest         bool   `help:"Take in sales, positions, sightings, applications, counts and shifts without an identity. Loopback only."`
	OpenIngestAnywhere bool   `help:"The second confirmation, for an address that others reach."`
	PublicURL          string `name:"public-url" help:"Where people reach gremio, such as https://gremio.example.cl; links begin with it." placeholder:"URL"`

	TrustedProxies []string `help:"Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count." default:"127.0.0.0/8,::1/128" placeholder:"NETWORK"`
	AdminEmail     string   `help:"Of the first admin, made when nobody can sign in yet; without it a one-time link is printed." placeholder:"ADDRESS"`
	AdminPassword  string   `help:"Of the first admin; better in GREMIO_ADMIN_PASSWORD."`
}

func (f listenFlags) listen() (net.Listener, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "listen on %s: another program has it? --listen chooses another", f.Listen)
	}
	return ln, nil
}

type brokerFlags struct {
	BrokerListen string `help:"Address of the embedded broker, on loopback; a free port if it is taken." default:"127.0.0.1:9092" placeholder:"HOST:PORT"`
	NoSync       bool   `help:"Leave flushing the embedded log to the system: faster, but a power cut may lose the last records."`
}

// start starts the embedded broker.
func (f brokerFlags) start(p parts) (*embedded.Broker, error) {
	return embedded.Start(embedded.Options{Dir: p.brokerDir(), Listen: f.BrokerListen, NoSync: f.NoSync})
}

// prune drops expired records of the embedded log, once an hour.
func prune(ctx context.Context, h *house) {
	for {
		if err := h.log.DropExpired(ctx, time.Now().UnixMilli()); err != nil && ctx.Err() == nil {
			h.logger.Warn("expired records stay for now", "because", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}

type upCmd struct {
	parts
	listenFlags
	brokerFlags
	notifyFlags
	ReportDir string `help:"Folder of the daily reports' files; reports in --data when absent." type:"path" placeholder:"DIR"`
	Demo      int    `help:"Let a simulated guild of so many carts work on it." default:"0" placeholder:"CARTS"`
}

func (c upCmd) Run(ctx context.Context) error {
	if err := c.checkNotify(); err != nil {
		return err
	}
	ln, err := c.listen()
	if err != nil {
		return err
	}
	defer ln.Close()
	if c.isEmbedded() {
		broker, err := c.start(c.parts)
		if err != nil {
			return err
		}
		defer broker.Close()
	}
	h, err := open(c.parts, c.MasterKeyFile == "")
	if err != nil {
		return err
	}
	defer h.close()
	if err := c.openNotify(h, c.PublicURL); err != nil {
		return err
	}
	if err := h.prepare(ctx); err != nil {
		return err
	}
	link, err := c.firstAdmin(ctx, h, ln.Addr())
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range workerNames {
		run, err := h.worker(name, c.reportDir())
		if err != nil {
			return err
		}
		// A worker that needs a person stops alone; take-in and the others go on.
		group.Go(func() error {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				h.logger.Error("worker ended", "worker", name, "because", err)
				h.noteStopped(name)
			}
			return nil
		})
	}
	if c.isEmbedded() {
		go prune(ctx, h)
	}
	group.Go(func() error { return h.serve(ctx, ln, c.listenFlags) })
	c.announce(ln.Addr(), h)
	if link != "" {
		fmt.Fprintf(os.Stderr, "\nNobody can sign in yet. This link makes the first admin, once and within 7 days:\n  %s\n\n", link)
	}
	if c.Demo > 0 {
		group.Go(func() error { return c.demo(ctx, h, ln.Addr()) })
	}
	err = group.Wait()
	fmt.Fprintln(os.Stderr, "gremio has ended; everything that was acknowledged is kept in", c.Data)
	return err
}

// demo lets a simulated guild work, as a program whose token ends with it.
func (c upCmd) demo(ctx context.Context, h *house, addr net.Addr) error {
	secret, token, err := h.identities.AddProgram(ctx, identity.Terminal, "demo", []string{"role:office"}, time.Now().AddDate(0, 0, 7), gremio.Visit{})
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		h.identities.RevokeToken(last, identity.Terminal, token.ID, gremio.Visit{})
	}()
	guild := simulate.New(simulate.Config{BaseURL: "http://" + addr.String(), Carts: c.Demo, Seed: 1, Token: secret, Logger: h.logger})
	return guild.Run(ctx)
}

func (c upCmd) reportDir() string {
	if c.ReportDir != "" {
		return c.ReportDir
	}
	return filepath.Join(c.Data, "reports")
}

func (c upCmd) announce(addr net.Addr, h *house) {
	seeds := c.Kafka
	if cfg, err := c.kafkaConfig(); err == nil {
		seeds = cfg.Seeds
	}
	fmt.Fprintf(os.Stderr, "gremio %s is up\n  page      http://%s/\n  API docs  http://%s/docs\n  Kafka     %v\n  database  %s\n  data      %s\nCtrl-C ends it.\n",
		version, addr, addr, seeds, h.store.Engine(), c.Data)
}

type brokerCmd struct {
	parts
	brokerFlags
}

func (c brokerCmd) Run(ctx context.Context) error {
	c.Kafka = nil // this is the broker
	broker, err := c.start(c.parts)
	if err != nil {
		return err
	}
	defer broker.Close()
	logger := c.logger(os.Stderr)
	log, err := kafka.Open(kafka.Config{Seeds: []string{broker.Addr}}, logger)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := log.EnsureTopics(ctx, c.partitions(), c.AcceptWeakerTopics); err != nil {
		return err
	}
	go prune(ctx, &house{log: log, logger: logger})
	fmt.Fprintf(os.Stderr, "gremio's broker listens on %s, its log is in %s\n", broker.Addr, c.brokerDir())
	<-ctx.Done()
	return nil
}

type apiCmd struct {
	parts
	listenFlags
}

func (c apiCmd) Run(ctx context.Context) error {
	ln, err := c.listen()
	if err != nil {
		return err
	}
	defer ln.Close()
	h, err := open(c.parts, c.ownsParts())
	if err != nil {
		return err
	}
	defer h.close()
	group, ctx := errgroup.WithContext(ctx)
	// Take-in answers 503 until the log is there, and takes what needs no
	// database before that is.
	group.Go(func() error {
		if err := h.prepare(ctx); err != nil {
			return err
		}
		return c.firstAdminOfAPI(ctx, h)
	})
	group.Go(func() error { return h.serve(ctx, ln, c.listenFlags) })
	fmt.Fprintf(os.Stderr, "gremio's api listens on http://%s/\n", ln.Addr())
	return group.Wait()
}

type workerCmd struct {
	parts
	notifyFlags
	Names         []string `arg:"" help:"members, sales, stock, positions, alerts, report" placeholder:"NAME"`
	ReportDir     string   `help:"Folder of the daily reports' files; reports in --data when absent." type:"path" placeholder:"DIR"`
	PublicURL     string   `name:"public-url" help:"Where people reach gremio; links in messages to applicants begin with it." placeholder:"URL"`
	MetricsListen string   `help:"Serve /metrics and /livez here." placeholder:"HOST:PORT"`
}

func (c workerCmd) Run(ctx context.Context) error {
	if err := c.checkNotify(); err != nil {
		return err
	}
	h, err := open(c.parts, c.ownsParts())
	if err != nil {
		return err
	}
	defer h.close()
	if err := c.openNotify(h, c.PublicURL); err != nil {
		return err
	}
	dir := c.ReportDir
	if dir == "" {
		dir = filepath.Join(c.Data, "reports")
	}
	group, ctx := errgroup.WithContext(ctx)
	var runs []func(context.Context) error
	for _, name := range c.Names {
		run, err := h.worker(name, dir)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	if err := h.prepare(ctx); err != nil {
		return err
	}
	for _, run := range runs {
		group.Go(func() error { return run(ctx) })
	}
	if c.MetricsListen != "" {
		group.Go(func() error { return serveMetrics(ctx, c.MetricsListen, h) })
	}
	return group.Wait()
}
