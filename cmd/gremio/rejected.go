package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"gremio"
	"gremio/internal/store"
)

type rejectedCmd struct {
	List  rejectedListCmd  `cmd:"" default:"withargs" help:"List what the workers could not apply and nobody has done anything about."`
	Show  rejectedShowCmd  `cmd:"" help:"Show a rejected record whole."`
	Retry rejectedRetryCmd `cmd:"" help:"Put rejected records on their topic again, once the cause is repaired."`
	Drop  rejectedDropCmd  `cmd:"" help:"Give rejected records up."`

	Phones rejectedPhonesCmd `cmd:"" help:"List what carts' phones sent and nobody understood."`
}

type rejectedListCmd struct {
	parts
	Worker string `help:"Of this worker only: members, sales, stock, positions or alerts." enum:"${rejecting}" default:""`
	All    bool   `help:"Also those that were retried, dropped or answered."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c rejectedListCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.parts, func(s *store.Store) error {
		list, err := rejectedOf(ctx, s, c.Worker, c.All)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(append([]gremio.RejectedRecord{}, list...))
		}
		if len(list) == 0 {
			fmt.Println("nothing is rejected")
			return nil
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "WORKER\tPOSITION\tTYPE\tID\tKEY\tWHEN\tSTATE\tREASON")
		for _, r := range list {
			kind := strings.TrimPrefix(strings.TrimSuffix(r.Type, ".v1"), "gremio.")
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Worker, r.Position, short(kind, 30), short(r.ID, 36), short(r.Key, 36),
				r.RejectedAt.In(gremio.Santiago()).Format("2006-01-02 15:04:05"), r.State, short(r.Reason, 100))
		}
		return w.Flush()
	})
}

type rejectedShowCmd struct {
	parts
	Position string `arg:"" help:"topic/partition/offset, as the list shows it."`
	Worker   string `help:"As this worker rejected it, where several did." enum:"${rejecting}" default:""`
}

func (c rejectedShowCmd) Run(ctx context.Context) error {
	return withLogAndStore(ctx, c.parts, func(h *house) error {
		at, err := gremio.ParseLogPosition(c.Position)
		if err != nil {
			return err
		}
		list, err := rejectedAt(ctx, h.store, c.Worker, at)
		if err != nil {
			return err
		}
		records, err := h.rejectedRecords(ctx, list)
		if err != nil {
			return err
		}
		for _, r := range list {
			fmt.Printf("%s rejected by worker %s at %s: %s\n", r.Position, r.Worker, r.RejectedAt.In(gremio.Santiago()).Format("2006-01-02 15:04:05"), printable(r.Reason))
			fmt.Printf("state     %s %s %s\n", r.State, printable(r.ActedBy), printable(r.ActReason))
		}
		rec, found := records[at]
		if !found {
			return gremio.Errorf(gremio.NotFound, "%s: %s", at, goneFor(at))
		}
		fmt.Printf("key       %s\n", printable(rec.Key))
		for _, name := range slices.Sorted(maps.Keys(rec.Headers)) {
			fmt.Printf("header    %s: %s\n", printable(name), printable(rec.Headers[name]))
		}
		var pretty bytes.Buffer
		if json.Indent(&pretty, rec.Value, "", "  ") == nil {
			fmt.Println(printable(pretty.String()))
			return nil
		}
		fmt.Printf("%d bytes that are not JSON: %q\n", len(rec.Value), rec.Value)
		return nil
	})
}

func rejecting(worker string) []string {
	if worker != "" {
		return []string{worker}
	}
	return slices.Sorted(maps.Keys(readers))
}

func rejectedOf(ctx context.Context, s *store.Store, worker string, all bool) (list []gremio.RejectedRecord, err error) {
	for _, name := range rejecting(worker) {
		some, err := s.Rejected(ctx, name, all)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

func rejectedAt(ctx context.Context, s *store.Store, worker string, at gremio.LogPosition) (list []gremio.RejectedRecord, err error) {
	for _, name := range rejecting(worker) {
		r, found, err := s.RejectedAt(ctx, name, at)
		if err != nil {
			return nil, err
		}
		if found {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return nil, gremio.Errorf(gremio.NotFound, "no worker has rejected a record at %s: gremio rejected list --all shows what there is", at)
	}
	return list, nil
}

// printable keeps text that anybody may have written from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, text)
}

// short is printable in one line of most runes.
func short(text string, most int) string {
	line := []rune(strings.ReplaceAll(printable(text), "\n", " "))
	if len(line) > most {
		return string(line[:most-1]) + "…"
	}
	return string(line)
}
