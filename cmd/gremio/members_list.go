package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/identity"
	"gremio/internal/sheet"
	"gremio/internal/store"
)

// Whoever may read the database may read everything; what is read about whom is noted
// all the same, as the terminal's.

type membersListCmd struct {
	keepers
	listFlags
	Month string `help:"YYYY-MM; this month in Santiago when absent." placeholder:"YYYY-MM"`
	State string `help:"joined or waiting; both when absent." enum:",joined,waiting" default:""`
}

func (c membersListCmd) Run(ctx context.Context) error {
	if c.Month == "" {
		c.Month = time.Now().In(gremio.Santiago()).Format("2006-01")
	}
	if err := c.check(); err != nil {
		return err
	}
	return c.reading(ctx, func(t httpapi.Terminal) error {
		l, err := t.MembershipList(ctx, c.Month)
		if err != nil {
			return err
		}
		switch c.State {
		case "joined":
			l.Waiting = []gremio.Application{}
		case "waiting":
			l.Joined = []gremio.Member{}
		}
		return writeList(c.listFlags, l, sheet.MembershipText, sheet.MembershipWriters())
	})
}

type membersShowCmd struct {
	keepers
	Who string `arg:"" help:"Id of a member, or the plate of the cart." name:"id-or-plate"`
}

func (c membersShowCmd) Run(ctx context.Context) error {
	return c.reading(ctx, func(t httpapi.Terminal) error {
		m, found, err := t.Member(ctx, strings.TrimSpace(c.Who))
		if err != nil {
			return err
		}
		if !found {
			return gremio.Errorf(gremio.NotFound, "no member has that id or plate: gremio members list shows who there is")
		}
		return printJSON(m)
	})
}

// reading runs do with what reads at this terminal.
func (c keepers) reading(ctx context.Context, do func(httpapi.Terminal) error) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		master, err := c.masterKey(false)
		if err != nil {
			return err
		}
		s, ok := k.Store.(httpapi.Store)
		if !ok {
			return gremio.Wrap(gremio.Internal, fmt.Errorf("%T", k.Store), "the store reads no members")
		}
		return do(httpapi.NewTerminal(httpapi.Config{Store: s, Master: master, Identities: k, Logger: c.logger(os.Stderr)}, identity.Terminal))
	})
}
