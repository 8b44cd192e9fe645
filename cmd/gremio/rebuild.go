package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
)

type rebuildCmd struct {
	parts
	Worker  string `arg:"" help:"The worker whose tables are made anew: members, sales, stock, positions or alerts." enum:"members,sales,stock,positions,alerts"`
	Restart bool   `help:"Begin again, also when an earlier rebuild was interrupted."`
}

// Run makes a worker's tables anew while everything else goes on.
func (c rebuildCmd) Run(ctx context.Context) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	h, err := open(c.parts, false)
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.prepareDatabase(ctx); err != nil {
		return err
	}
	w, err := h.workerOf(c.Worker)
	if err != nil {
		return err
	}
	tables, err := h.store.BeginRebuild(ctx, c.Worker, c.Restart)
	if err != nil {
		return err
	}
	defer tables.Close()
	if tables.Resumed {
		fmt.Fprintln(os.Stderr, "going on with the rebuild that was interrupted; --restart begins again")
	}
	show, end := progress("worker " + c.Worker)
	rebuild := work.Rebuild[*store.Tx]{Worker: w, Live: h.store, New: tables, Log: h.log, Now: time.Now, Progress: show}
	began := time.Now()
	result, err := rebuild.Run(ctx)
	end()
	if err != nil {
		fmt.Fprintf(os.Stderr, "the tables in use are untouched; gremio rebuild %s goes on where it was\n", c.Worker)
		return err
	}
	c.tell(result, time.Since(began))
	return nil
}

func (c rebuildCmd) tell(result work.Rebuilt, took time.Duration) {
	for topic, since := range result.Since {
		fmt.Printf("%s goes back to %s only; %d older rows are kept from the tables of before\n",
			topic, since.In(gremio.Santiago()).Format("2006-01-02 15:04:05"), result.KeptRows)
	}
	if result.Untold > 0 {
		fmt.Printf("%d rows keep what an earlier gremio did not write to the log: why applications wait\n", result.Untold)
	}
	fmt.Printf("the tables of worker %s are made anew from %d records in %s; the worker waited %s\n",
		c.Worker, result.Records, took.Round(time.Millisecond), result.Held.Round(time.Millisecond))
}

// progress is progressOf for a task that is counted in records.
func progress(what string) (show func(done, total int64), end func()) {
	return progressOf(what, "records")
}

// progressOf returns what shows how far a long task is: a bar with rate and time
// left at a terminal, a line every ten seconds elsewhere.
func progressOf(what, unit string) (show func(done, total int64), end func()) {
	if !isatty.IsTerminal(os.Stderr.Fd()) {
		last := time.Now()
		return func(done, total int64) {
			if time.Since(last) >= 10*time.Second {
				last = time.Now()
				fmt.Fprintf(os.Stderr, "%s: %d of %d %s\n", what, done, total, unit)
			}
		}, func() {}
	}
	bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth())
	return func(done, total int64) {
			bar.ChangeMax64(max(total, 1))
			bar.Set64(done)
		}, func() {
			bar.Exit()
			fmt.Fprintln(os.Stderr)
		}
}
