package main

import (
	"context"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"gremio"
)

type rejectedRetryCmd struct {
	parts
	Positions      []string `arg:"" optional:"" name:"position" help:"topic/partition/offset, as the list shows them."`
	Worker         string   `help:"All that this worker rejected." enum:"${rejecting}" default:""`
	ReasonContains string   `help:"Of those only the ones whose reason contains this." placeholder:"TEXT"`
	All            bool     `help:"All that any worker rejected."`
	Force          bool     `help:"Also what can only be rejected again."`
}

// Run puts each record on its topic first and notes that after: killed in
// between, it sends the same records once more, and their ids count them once.
func (c rejectedRetryCmd) Run(ctx context.Context) error {
	return withLogAndStore(ctx, c.parts, func(h *house) error {
		list, err := h.openRejected(ctx, c.Positions, c.Worker, c.All, c.ReasonContains)
		if err != nil {
			return err
		}
		if _, growing, err := h.store.Pause(ctx); err != nil {
			return err
		} else if growing {
			return gremio.Errorf(gremio.Unavailable, "partitions are being added: nothing is sent; try again in a minute")
		}
		records, err := h.rejectedRecords(ctx, list)
		if err != nil {
			return err
		}
		acts, stay, failed := h.sendAgain(ctx, list, records, c.Force)
		if err := h.noteActs(ctx, acts); err != nil {
			return err
		}
		printActs(acts, "is sent again for")
		if failed != nil {
			return failed
		}
		if len(stay) > 0 {
			return gremio.Errorf(gremio.Conflict, "%s\ngremio rejected drop gives them up; --force sends all the same what is still there", strings.Join(stay, "\n"))
		}
		return nil
	})
}

// sendAgain puts records on their topics once more. It returns what that was, for
// each worker that had rejected one, and which stay and why. What one worker can
// only reject again another may apply. The error is of what may be sent later.
func (h *house) sendAgain(ctx context.Context, list []gremio.RejectedRecord, records map[gremio.LogPosition]gremio.Record, force bool) (acts []gremio.RejectionAct, stay []string, err error) {
	stays := func(r gremio.RejectedRecord, why string) {
		if line := r.Position + " stays: " + why; !slices.Contains(stay, line) {
			stay = append(stay, line)
		}
	}
	var out []gremio.Outgoing
	var wanted []gremio.RejectedRecord
	place := map[gremio.LogPosition]int{} // in out
	for _, r := range list {
		rec, found := records[r.At]
		why := goneFor(r.At)
		if found {
			why = hopelessness(r, rec)
		}
		if why != "" && (!found || !force) {
			stays(r, why)
			continue
		}
		if _, ok := place[r.At]; !ok {
			place[r.At] = len(out)
			out = append(out, again(rec))
		}
		wanted = append(wanted, r)
	}
	fates := h.log.ProduceEach(ctx, out)
	for _, r := range wanted {
		switch fate := fates[place[r.At]]; {
		case fate == nil:
			acts = append(acts, act(r, gremio.RejectionRetried, ""))
		case gremio.KindOf(fate) == gremio.Invalid:
			stays(r, printable(fate.Error()))
		default:
			err = fate
		}
	}
	return acts, stay, err
}

// hopelessness says why a record can only be rejected again, "" when it may be applied now.
func hopelessness(r gremio.RejectedRecord, rec gremio.Record) string {
	if rec.Err != nil {
		return "this gremio cannot read it: " + printable(rec.Err.Error())
	}
	if strings.HasPrefix(r.Reason, gremio.IDReused) {
		return printable(r.Reason) + "; what came first under that id counts"
	}
	return ""
}

func goneFor(at gremio.LogPosition) string {
	return fmt.Sprintf("neither %s nor %s holds it any more", at.Topic, gremio.TopicRejected)
}

// again is the same record for the same lane. All events of an application stay
// in its first partition, the others follow their key.
func again(rec gremio.Record) gremio.Outgoing {
	out := gremio.Outgoing{Topic: rec.Topic, Key: rec.Key, Value: rec.Value, Time: gremio.Instant(time.Now()),
		Special: rec.Partition == gremio.SpecialPartition && (rec.Topic.HasSpecialLane() || gremio.Type(rec.Headers[gremio.HeaderType]) == gremio.TypeDeliveryRequested)}
	if rec.Topic == gremio.TopicMemberships {
		out.Lane = gremio.LaneAt(rec.Partition)
	}
	for name, value := range rec.Headers {
		out.Headers = append(out.Headers, [2]string{name, value})
	}
	return out
}

type rejectedDropCmd struct {
	parts
	Positions []string `arg:"" name:"position" help:"topic/partition/offset, as the list shows them."`
	Worker    string   `help:"As this worker rejected them; all that did when absent." enum:"${rejecting}" default:""`
	Reason    string   `required:"" help:"Why they are not needed."`
}

func (c rejectedDropCmd) Run(ctx context.Context) error {
	return withLogAndStore(ctx, c.parts, func(h *house) error {
		list, err := h.openRejected(ctx, c.Positions, c.Worker, false, "")
		if err != nil {
			return err
		}
		var acts []gremio.RejectionAct
		for _, r := range list {
			acts = append(acts, act(r, gremio.RejectionDropped, c.Reason))
		}
		if err := h.noteActs(ctx, acts); err != nil {
			return err
		}
		printActs(acts, "is dropped for")
		return nil
	})
}

// printActs tells of each record once, whichever workers rejected it.
func printActs(acts []gremio.RejectionAct, what string) {
	workers := map[gremio.LogPosition][]string{}
	for _, a := range acts {
		workers[a.At] = append(workers[a.At], a.Worker)
	}
	for _, a := range acts {
		if names := workers[a.At]; names != nil {
			fmt.Printf("%s %s %s\n", a.At, what, strings.Join(names, ", "))
			delete(workers, a.At)
		}
	}
}

// openRejected returns what the words of a command mean. Naming a record of
// which something became already is an error.
func (h *house) openRejected(ctx context.Context, positions []string, worker string, all bool, contains string) (list []gremio.RejectedRecord, err error) {
	switch {
	case len(positions) > 0 && (all || contains != ""):
		return nil, gremio.Errorf(gremio.Invalid, "name positions, or say --worker or --all: not both")
	case len(positions) == 0 && worker == "" && !all:
		return nil, gremio.Errorf(gremio.Invalid, "say which: topic/partition/offset, --worker NAME or --all")
	case len(positions) == 0:
		open, err := rejectedOf(ctx, h.store, worker, false)
		for _, r := range open {
			if strings.Contains(r.Reason, contains) {
				list = append(list, r)
			}
		}
		if err == nil && len(list) == 0 {
			err = gremio.Errorf(gremio.NotFound, "nothing of that is rejected")
		}
		return list, err
	}
	named := map[gremio.LogPosition]bool{}
	for _, text := range positions {
		at, err := gremio.ParseLogPosition(text)
		if err != nil {
			return nil, err
		}
		if named[at] {
			continue // twice in one command is once
		}
		named[at] = true
		found, err := rejectedAt(ctx, h.store, worker, at)
		if err != nil {
			return nil, err
		}
		n := len(list)
		for _, r := range found {
			if r.State == gremio.RejectionOpen {
				list = append(list, r)
			}
		}
		if len(list) == n {
			return nil, gremio.Errorf(gremio.Conflict, "%s was %s already, at %s", at, found[0].State, found[0].ActedAt.Format(time.RFC3339))
		}
	}
	return list, nil
}

func act(r gremio.RejectedRecord, what, reason string) gremio.RejectionAct {
	by := "terminal"
	if who, err := user.Current(); err == nil {
		by = who.Username
	}
	return gremio.RejectionAct{Worker: r.Worker, At: r.At, Act: what, Time: gremio.Instant(time.Now()), By: by, Reason: reason}
}

// noteActs notes what was done, and closes the alerts of workers that have no
// open rejection left.
func (h *house) noteActs(ctx context.Context, acts []gremio.RejectionAct) error {
	if len(acts) == 0 {
		return nil
	}
	if err := h.store.NoteRejectionActs(ctx, acts); err != nil {
		return err
	}
	alerts, _, err := h.store.Alerts(ctx, gremio.AlertFilter{Kind: gremio.AlertRejected, NotDone: true}, gremio.Page{Limit: 1000})
	if err != nil {
		return err
	}
	var closed []gremio.Event
	told := map[string]bool{}
	for _, a := range acts {
		if told[a.Worker] {
			continue
		}
		told[a.Worker] = true
		left, err := h.store.OpenRejections(ctx, a.Worker)
		if err != nil {
			return err
		}
		for _, alert := range alerts {
			if left == 0 && alert.ID == gremio.RejectedAlertID(a.Worker, alert.RaisedAt) {
				// In the worker's name: should a person close it meanwhile, that is no failure.
				closed = append(closed, gremio.CloseAlert("/worker/"+a.Worker, nil, gremio.AlertClosed{
					Alert: alert.ID, By: a.By, Reason: "no rejected record is left", At: gremio.Instant(time.Now())}))
			}
		}
	}
	if len(closed) == 0 {
		return nil
	}
	_, err = h.log.Append(ctx, closed)
	return err
}
