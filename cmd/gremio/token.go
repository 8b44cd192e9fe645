package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"gremio"
	"gremio/internal/identity"
	"gremio/internal/store"
)

type tokenCmd struct {
	List   tokenListCmd   `cmd:"" default:"withargs" help:"List tokens; the tokens themselves are not kept."`
	Add    tokenAddCmd    `cmd:"" help:"Make a program's token and print it: gremio token add wall --scopes role:desk"`
	Cart   tokenCartCmd   `cmd:"" help:"Make a cart's token and print it, with a QR that sets up a phone; the former one ends."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token; every api knows within 5 seconds."`
}

type tokenListCmd struct{ keepers }

func (c tokenListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tKIND\tNAME\tSTATE\tEXPIRES\tLAST USED\tSCOPES")
		for page := (gremio.Page{Limit: 1000}); ; {
			tokens, next, err := k.Tokens(ctx, "", page)
			if err != nil {
				return err
			}
			for _, t := range tokens {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Kind, t.Name, stateOf(t), shortTime(t.ExpiresAt), shortTime(t.LastUsedAt), scopesOf(t))
			}
			if next == "" {
				return w.Flush()
			}
			page.After = next
		}
	})
}

func stateOf(t gremio.Token) string {
	switch {
	case t.RevokedAt != nil:
		return "revoked"
	case !t.IsGood(time.Now()):
		return "expired"
	}
	return "good"
}

func shortTime(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

func scopesOf(t gremio.Token) string {
	if len(t.Scopes) == 0 {
		return "-"
	}
	if len(t.Scopes) > 3 {
		return fmt.Sprintf("%s, %s and %d more", t.Scopes[0], t.Scopes[1], len(t.Scopes)-2)
	}
	names := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

type tokenAddCmd struct {
	keepers
	Name    string        `arg:"" help:"What the program is called."`
	Scopes  []string      `help:"Actions such as sale.read, or role:reader for those of a role (docs/access.md)." required:"" placeholder:"SCOPE"`
	Expires time.Duration `help:"After which it ends, two years at most." default:"2160h" placeholder:"DURATION"`
}

func (c tokenAddCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		secret, t, err := k.AddProgram(ctx, identity.Terminal, c.Name, c.Scopes, time.Now().Add(c.Expires), gremio.Visit{})
		if err != nil {
			return err
		}
		fmt.Println(secret)
		fmt.Fprintf(os.Stderr, "%s may do %s until %s; the token is not shown again\n", t.Name, scopesOf(t), shortTime(t.ExpiresAt))
		return nil
	})
}

type tokenRevokeCmd struct {
	keepers
	ID string `arg:"" help:"As gremio token list shows it."`
}

func (c tokenRevokeCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		found, err := k.RevokeToken(ctx, identity.Terminal, c.ID, gremio.Visit{})
		if err != nil {
			return err
		}
		if !found {
			return gremio.Errorf(gremio.NotFound, "there is no token %s that counts: gremio token list shows them", c.ID)
		}
		fmt.Println(c.ID, "is revoked")
		return nil
	})
}
