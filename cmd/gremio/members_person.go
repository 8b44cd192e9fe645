package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-isatty"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/identity"
	"gremio/internal/sheet"
	"gremio/internal/store"
)

type membersExportCmd struct {
	keepers
	Who    string `arg:"" help:"Id of an application or a member, or the plate of the cart." name:"id-or-plate"`
	Output string `help:"File to write, .json or .zip; it must not be there yet." type:"path" placeholder:"FILE" required:""`
}

func (c membersExportCmd) Run(ctx context.Context) error {
	write := sheet.PersonZip
	switch strings.ToLower(filepath.Ext(c.Output)) {
	case ".zip":
	case ".json":
		write = func(w io.Writer, f gremio.PersonFile) error { return sheet.JSON(w, f) }
	default:
		return gremio.Errorf(gremio.Invalid, "--output must end with .json or .zip")
	}
	return c.reading(ctx, func(t httpapi.Terminal) error {
		app, err := t.Application(ctx, strings.TrimSpace(c.Who))
		if err != nil {
			return err
		}
		f, err := t.PersonFile(ctx, app.ID)
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if err := write(&body, f); err != nil {
			return err
		}
		file, err := os.OpenFile(c.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return gremio.Wrap(gremio.Invalid, err, "write the export")
		}
		if _, err = file.Write(body.Bytes()); err == nil {
			err = file.Sync()
		}
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return gremio.Wrap(gremio.Unavailable, err, "write the export")
		}
		fmt.Printf("%s: %d sales, %d places, %d readings\n", c.Output, len(f.Sales), len(f.Track), len(f.Reads))
		return nil
	})
}

type membersEraseCmd struct {
	keepers
	Who    string `arg:"" help:"Id of an application or a member, or the plate of the cart." name:"id-or-plate"`
	Reason string `help:"Why, without the person's name: it stays readable." placeholder:"TEXT"`
	Yes    bool   `help:"Do not ask."`
}

func (c membersEraseCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		master, err := c.masterKey(false)
		if err != nil {
			return err
		}
		return withLog(c.parts, func(h *house) error {
			s, ok := k.Store.(httpapi.Store)
			if !ok {
				return gremio.Wrap(gremio.Internal, fmt.Errorf("%T", k.Store), "the store reads no members")
			}
			return c.erase(ctx, httpapi.NewTerminal(httpapi.Config{Store: s, Log: h.log, Master: master, Identities: k, Logger: h.logger}, identity.Terminal))
		})
	})
}

func (c membersEraseCmd) erase(ctx context.Context, t httpapi.Terminal) error {
	app, err := t.Application(ctx, strings.TrimSpace(c.Who))
	if err != nil {
		return err
	}
	if app.ErasedAt != nil {
		fmt.Printf("application %s: erased on %s already\n", app.ID, app.ErasedAt.In(gremio.Santiago()).Format("2006-01-02 15:04"))
		return nil
	}
	apps, accounts, err := t.ErasurePlan(ctx, app.ID)
	if err != nil {
		return err
	}
	for _, a := range apps {
		fmt.Printf("application %s of %s, %s, %s: goes\n", a.ID, a.SubmittedAt.In(gremio.Santiago()).Format("2006-01-02"), printable(a.Name()), a.State)
	}
	for _, u := range accounts {
		fmt.Printf("account %s: goes\n", printable(u.Email))
	}
	if !c.Yes {
		if !isatty.IsTerminal(os.Stdin.Fd()) {
			return gremio.Errorf(gremio.Invalid, "nobody is there to ask: say --yes")
		}
		fmt.Printf("Forget %s, %d of the above, for ever? Nobody can undo it. Type the word erase: ", printable(app.Name()), len(apps)+len(accounts))
		var word string
		if _, err := fmt.Scanln(&word); err != nil || word != "erase" {
			return gremio.Errorf(gremio.Invalid, "nothing is erased")
		}
	}
	done, err := t.Erase(ctx, app.ID, c.Reason)
	if err != nil {
		return err
	}
	if !done {
		fmt.Printf("application %s: the log has it; worker members erases as soon as it runs\n", app.ID)
		return nil
	}
	fmt.Printf("application %s: erased. Backups from before still hold the sealed data: the list of erased persons, %s, takes it away again after a restore\n", app.ID, c.parts.erasures().File)
	return nil
}
