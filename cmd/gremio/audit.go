package main

import (
	"context"
	"os"
	"time"

	"gremio"
	"gremio/internal/sheet"
	"gremio/internal/store"
)

type auditCmd struct {
	Export auditExportCmd `cmd:"" default:"withargs" help:"Print the audit log as CSV, the newest first."`
}

type auditExportCmd struct {
	parts
	Actor  string     `help:"Id of a user or token, terminal, or stranger."`
	Action string     `help:"Such as member.read."`
	About  string     `help:"An id, a plate, a day: whatever the entry is about."`
	From   gremio.Day `help:"First day, YYYY-MM-DD in Santiago." placeholder:"DAY"`
	To     gremio.Day `help:"Last day." placeholder:"DAY"`
}

func (c auditExportCmd) Run(ctx context.Context) error {
	f := gremio.AuditFilter{Actor: c.Actor, Action: c.Action, About: c.About}
	for name, day := range map[string]gremio.Day{"--from": c.From, "--to": c.To} {
		if day == "" {
			continue
		}
		if _, err := gremio.ParseDay(string(day)); err != nil {
			return gremio.Wrap(gremio.Invalid, err, "%s", name)
		}
	}
	f = f.Days(c.From, c.To)
	return withStore(ctx, c.parts, func(s *store.Store) error {
		return sheet.AuditCSV(os.Stdout, func(after string) ([]gremio.AuditEntry, string, error) {
			page, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return s.Audit(page, f, gremio.Page{Limit: 1000, After: after})
		})
	})
}
