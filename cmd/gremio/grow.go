package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"gremio"
	"gremio/internal/grow"
	"gremio/internal/kafka"
)

// gatedLog is the log as the api writes it: not while take-in pauses.
type gatedLog struct {
	*kafka.Log
	gate *grow.Gate
}

func (l gatedLog) Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error) {
	return l.gate.Append(ctx, events)
}

// apiName names this process in its signs of life.
func apiName() string {
	hostname, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", hostname, os.Getpid())
}

type topicsGrowCmd struct {
	parts
	Topics   map[string]int `arg:"" optional:"" help:"TOPIC=N; all topics to --partitions when absent"`
	Patience time.Duration  `help:"How long apis may take to fall quiet and workers to drain, each, before it is given up and take-in goes on." default:"5m"`
}

func (c topicsGrowCmd) Run(ctx context.Context) error {
	want, err := c.want()
	if err != nil {
		return err
	}
	return withLogAndStore(ctx, c.parts, func(h *house) error {
		began := time.Now()
		g := grow.Growth{Store: h.store, Log: h.log, Reads: readers, CountLasts: kafka.CountLasts, Patience: c.Patience,
			Tell: func(format string, args ...any) {
				fmt.Printf("%6.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
			}}
		return g.Run(ctx, want)
	})
}

func (c topicsGrowCmd) want() (map[gremio.Topic]int, error) {
	want := map[gremio.Topic]int{}
	if len(c.Topics) == 0 {
		if c.Partitions == 0 {
			return nil, gremio.Errorf(gremio.Invalid, "say how many partitions: --partitions N for all topics, or TOPIC=N")
		}
		for _, topic := range gremio.Topics() {
			want[topic] = c.Partitions
		}
		return want, nil
	}
	known := map[gremio.Topic]bool{}
	for _, topic := range gremio.Topics() {
		known[topic] = true
	}
	for name, count := range c.Topics {
		if !known[gremio.Topic(name)] {
			return nil, gremio.Errorf(gremio.Invalid, "there is no topic %q: want one of %v", name, gremio.Topics())
		}
		want[gremio.Topic(name)] = count
	}
	return want, nil
}
