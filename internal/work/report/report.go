// Package report closes the guild's days. It reads totals and consumes no
// topic; what it closes is an event, which worker sales keeps.
package report

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"gremio"
)

// A Store is what closing a day reads.
type Store interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	ComputeReport(ctx context.Context, day gremio.Day) (gremio.DailyReport, error)
	Report(ctx context.Context, day gremio.Day, revision int) (gremio.DailyReport, bool, error)
	Offsets(ctx context.Context, worker string) ([]gremio.Offset, error)
	UnclosedDays(ctx context.Context, today gremio.Day) ([]gremio.Day, error)
	ChangedDays(ctx context.Context, quietSince time.Time) ([]gremio.Day, error)
	LateSales(ctx context.Context, day gremio.Day, since time.Time, limit int) (late []gremio.LateSale, more int, err error)
}

// A Log is where closed days go.
type Log interface {
	Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error)
	Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error)
}

// A Closer closes days.
type Closer struct {
	Store  Store
	Log    Log
	Logger *slog.Logger
	Now    func() time.Time
	// Dir is the folder that the files of a report are written to, "" for none.
	Dir string
	// Writers write a report, by the extension of the file.
	Writers map[string]func(io.Writer, gremio.DailyReport) error
	// SalesWait is how long to wait for sales that are logged and not applied.
	SalesWait time.Duration
}

// gatherLate is how long a closed day must lie still after late sales before it is revised.
const gatherLate = 15 * time.Minute

// Run closes every day at its hour, and revises days that changed afterwards,
// until ctx ends. A day whose hour passed while nothing ran is closed at once.
func (c Closer) Run(ctx context.Context) error {
	ticker := time.NewTicker(20 * time.Second)
	defer ticker.Stop()
	for {
		if err := c.closeDue(ctx); err != nil && ctx.Err() == nil {
			c.Logger.Warn("report tries again", "because", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (c Closer) closeDue(ctx context.Context) error {
	settings, err := c.Store.Settings(ctx)
	if err != nil {
		return err
	}
	now := c.Now()
	open := gremio.DayOf(now, settings.DayStartsAt)
	if now.Before(closingOf(open.Prev(), settings)) {
		open = open.Prev() // yesterday's hour has not come yet
	}
	days, err := c.Store.UnclosedDays(ctx, open)
	if err != nil {
		return err
	}
	changed, err := c.Store.ChangedDays(ctx, now.Add(-gatherLate))
	if err != nil {
		return err
	}
	for _, day := range append(days, changed...) {
		if _, err := c.Close(ctx, day); err != nil {
			return err
		}
	}
	return nil
}

// closingOf returns when day is closed: the first time after its end that the
// clock shows the closing hour.
func closingOf(day gremio.Day, s gremio.Settings) time.Time {
	end := day.Next().Start(s.DayStartsAt)
	at := day.Next().At(s.DayClosesAt)
	if at.Before(end) {
		at = day.Next().Next().At(s.DayClosesAt)
	}
	return at
}

// Close closes day, or revises it when it was closed and has changed since, and
// returns its newest report. A day that has not ended yields the figures so
// far, unclosed: revision 0.
func (c Closer) Close(ctx context.Context, day gremio.Day) (gremio.DailyReport, error) {
	complete, err := c.waitForSales(ctx)
	if err != nil {
		return gremio.DailyReport{}, err
	}
	settings, err := c.Store.Settings(ctx)
	if err != nil {
		return gremio.DailyReport{}, err
	}
	now := gremio.Instant(c.Now())
	r, err := c.Store.ComputeReport(ctx, day)
	if err != nil || now.Before(day.Next().Start(settings.DayStartsAt)) {
		return r, err
	}
	last, closed, err := c.Store.Report(ctx, day, 0)
	if err != nil {
		return r, err
	}
	if closed && last.Complete == complete && last.SameSales(r) {
		return last, c.write(last)
	}
	r.Revision, r.Complete, r.ClosedAt = last.Revision+1, complete, &now
	if closed {
		r.Changed = r.ChangesFrom(last)
		if r.Late, r.LateMore, err = c.Store.LateSales(ctx, day, *last.ClosedAt, gremio.MostLate); err != nil {
			return r, err
		}
	}
	kept, err := c.keep(ctx, r, closed)
	if err != nil {
		return r, err
	}
	return kept, c.write(kept)
}

// keep puts the report on the log and returns it as worker sales keeps it. Of
// two who close at once the first in the log wins, and both return its report.
func (c Closer) keep(ctx context.Context, r gremio.DailyReport, revised bool) (gremio.DailyReport, error) {
	attempt := uuid.NewString()
	parts, err := r.Parts(attempt)
	if err != nil {
		return r, err
	}
	events := make([]gremio.Event, len(parts))
	for i, p := range parts {
		var data gremio.Data = gremio.DayClosedV2{ReportPart: p}
		if revised {
			data = gremio.DayRevisedV2{ReportPart: p, Reason: "sales came, or were taken back, after the day was closed"}
		}
		id := gremio.DerivedID("day", fmt.Sprint(r.Day, " ", r.Revision, " ", attempt, " ", i))
		events[i] = gremio.Event{ID: id, Source: "/worker/report", Subject: string(r.Day), Time: *r.ClosedAt, Digest: gremio.DigestOf(id), Data: data}
	}
	// Of two that close at once the first whose parts are all in the log wins.
	if _, err := c.Log.Append(ctx, events); err != nil {
		return r, err
	}
	for range keepTries {
		kept, found, err := c.Store.Report(ctx, r.Day, r.Revision)
		if err != nil || found {
			c.Logger.Info("day closed", "day", r.Day, "revision", kept.Revision, "complete", kept.Complete, "sales", kept.Guild.Sales, "units", kept.Guild.Units)
			return kept, err
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	c.Logger.Warn("the closed day is on the log, but worker sales has not taken it yet", "day", r.Day, "revision", r.Revision)
	return r, nil
}

// keepTries bounds the wait for worker sales to take a closed day: 10 s.
const keepTries = 200

// waitForSales waits until sales has applied what is logged now and reports whether it has.
func (c Closer) waitForSales(ctx context.Context) (bool, error) {
	ends, err := c.Log.Ends(ctx, gremio.TopicSales)
	if err != nil {
		return false, err
	}
	deadline := time.NewTimer(c.SalesWait)
	defer deadline.Stop()
	for {
		offsets, err := c.Store.Offsets(ctx, "sales")
		if err != nil {
			return false, err
		}
		if gremio.Reached(offsets, gremio.TopicSales, ends) {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-deadline.C:
			return false, nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// write writes the report's files under names that sort: ventas-2026-11-22-r1.csv.
func (c Closer) write(r gremio.DailyReport) error {
	if c.Dir == "" || r.Revision == 0 {
		return nil
	}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make the reports' folder")
	}
	for ext, write := range c.Writers {
		name := filepath.Join(c.Dir, fmt.Sprintf("ventas-%s-r%d.%s", r.Day, r.Revision, ext))
		if err := writeFile(name, r, write); err != nil {
			return gremio.Wrap(gremio.Unavailable, err, "write the report to %s", name)
		}
	}
	return nil
}

// writeFile puts a file in place whole: whoever reads it never sees half.
func writeFile(name string, r gremio.DailyReport, write func(io.Writer, gremio.DailyReport) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".report-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f, r); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o640); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
