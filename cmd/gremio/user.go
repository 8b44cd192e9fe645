package main

import (
	"cmp"
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

type userCmd struct {
	List   userListCmd   `cmd:"" default:"withargs" help:"List who may sign in."`
	Add    userAddCmd    `cmd:"" help:"Invite somebody: prints a one-time link."`
	Link   userLinkCmd   `cmd:"" help:"Print a one-time link with which somebody sets a new password."`
	Role   userRoleCmd   `cmd:"" help:"Give somebody another role."`
	TOTP   userTOTPCmd   `cmd:"" name:"totp-off" help:"Turn off the second factor of somebody who lost it."`
	Remove userRemoveCmd `cmd:"" help:"Remove somebody: sessions end at once."`
}

// keepers are the flags of commands that change identities. Whoever may read the
// database may do everything, so nobody signs in here.
type keepers struct {
	parts
	PublicURL string `name:"public-url" help:"Where people reach gremio, such as https://gremio.example.cl; links begin with it, or with http://127.0.0.1:3000." placeholder:"URL"`
}

// with runs do with the database and the master key.
func (c keepers) with(ctx context.Context, do func(*identity.Keeper[*store.Tx]) error) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	master, err := c.masterKey(false)
	if err != nil {
		return err
	}
	return withStore(ctx, c.parts, func(s *store.Store) error {
		if err := s.BindMasterKey(ctx, master.Hash("fingerprint", "master key")); err != nil {
			return err
		}
		return do(identity.New(s, master, c.logger(os.Stderr), time.Now))
	})
}

// user runs do with the user that has an address, or an id: an admin who was
// never made has no address yet.
func (c keepers) user(ctx context.Context, who string, do func(*identity.Keeper[*store.Tx], gremio.User) error) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		find := k.UserByEmail
		if !strings.Contains(who, "@") {
			find = k.Store.User
		}
		u, found, err := find(ctx, who)
		if err != nil {
			return err
		}
		if !found || u.State == gremio.UserRemoved {
			return gremio.Errorf(gremio.NotFound, "nobody is %s: gremio user list shows who there is", who)
		}
		return do(k, u)
	})
}

// nameOf returns what a user is called at the terminal, and found by.
func nameOf(u gremio.User) string {
	if u.Email == "" {
		return u.ID
	}
	return u.Email
}

func (c keepers) printLink(token string, expires time.Time) {
	fmt.Printf("%s/entrar#%s\n", strings.TrimRight(cmp.Or(c.PublicURL, "http://127.0.0.1:3000"), "/"), token)
	fmt.Fprintf(os.Stderr, "for that person alone, once, until %s\n", expires.Local().Format("2006-01-02 15:04"))
}

type userListCmd struct{ keepers }

func (c userListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		users, err := k.Users(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tCART\tSTATE\tSECOND FACTOR\tLAST SEEN")
		for _, u := range users {
			totp, seen := "off", "never"
			if u.TOTP {
				totp = "on"
			}
			if u.LastSeenAt != nil {
				seen = u.LastSeenAt.Local().Format("2006-01-02 15:04")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", nameOf(u), orDash(u.Name), u.Role, orDash(string(u.Plate)), u.State, totp, seen)
		}
		return w.Flush()
	})
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

type userAddCmd struct {
	keepers
	Email string      `arg:"" help:"The address to sign in with." placeholder:"ADDRESS"`
	Role  gremio.Role `help:"admin, office, desk, driver, vendor or reader." enum:"admin,office,desk,driver,vendor,reader" required:"" placeholder:"ROLE"`
	Name  string      `help:"What the person is called."`
	Plate string      `help:"Of a vendor's cart."`
}

func (c userAddCmd) Run(ctx context.Context) error {
	u := gremio.User{Email: c.Email, Name: c.Name, Role: c.Role}
	if c.Plate != "" {
		var err error
		if u.Plate, err = gremio.ParsePlate(c.Plate); err != nil {
			return gremio.Wrap(gremio.Invalid, err, "--plate")
		}
	}
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		u, token, err := k.Invite(ctx, identity.Terminal, u, gremio.Visit{})
		if err != nil {
			return err
		}
		c.printLink(token, *u.InvitationExpiresAt)
		return nil
	})
}

type userLinkCmd struct {
	keepers
	Email string `arg:"" help:"Address of the person, or the id that gremio user list shows."`
}

func (c userLinkCmd) Run(ctx context.Context) error {
	return c.user(ctx, c.Email, func(k *identity.Keeper[*store.Tx], u gremio.User) error {
		token, expires, err := k.NewLink(ctx, identity.Terminal, u.ID, gremio.Visit{})
		if err != nil {
			return err
		}
		c.printLink(token, expires)
		return nil
	})
}

type userRoleCmd struct {
	keepers
	Email string      `arg:"" help:"Address of the person, or the id that gremio user list shows."`
	Role  gremio.Role `arg:"" help:"admin, office, desk, driver, vendor or reader." enum:"admin,office,desk,driver,vendor,reader"`
	Plate string      `help:"Of a vendor's cart."`
}

func (c userRoleCmd) Run(ctx context.Context) error {
	change := gremio.UserChange{Role: &c.Role}
	if c.Plate != "" {
		plate, err := gremio.ParsePlate(c.Plate)
		if err != nil {
			return gremio.Wrap(gremio.Invalid, err, "--plate")
		}
		change.Plate = &plate
	}
	return c.user(ctx, c.Email, func(k *identity.Keeper[*store.Tx], u gremio.User) error {
		u, err := k.Change(ctx, identity.Terminal, u.ID, change, gremio.Visit{})
		if err == nil {
			fmt.Printf("%s is %s now\n", nameOf(u), u.Role)
		}
		return err
	})
}

type userTOTPCmd struct {
	keepers
	Email string `arg:"" help:"Address of the person, or the id that gremio user list shows."`
}

func (c userTOTPCmd) Run(ctx context.Context) error {
	return c.user(ctx, c.Email, func(k *identity.Keeper[*store.Tx], u gremio.User) error {
		if err := k.TakeTOTP(ctx, identity.Terminal, u.ID, gremio.Visit{}); err != nil {
			return err
		}
		fmt.Printf("the second factor of %s is off; every session has ended\n", nameOf(u))
		return nil
	})
}

type userRemoveCmd struct {
	keepers
	Email string `arg:"" help:"Address of the person, or the id that gremio user list shows."`
}

func (c userRemoveCmd) Run(ctx context.Context) error {
	return c.user(ctx, c.Email, func(k *identity.Keeper[*store.Tx], u gremio.User) error {
		if err := k.Remove(ctx, identity.Terminal, u.ID, gremio.Visit{}); err != nil {
			return err
		}
		fmt.Printf("%s is removed; every session has ended\n", nameOf(u))
		return nil
	})
}
