package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"gremio"
	"gremio/internal/identity"
	"gremio/internal/qr"
	"gremio/internal/store"
)

type tokenCartCmd struct {
	keepers
	Plate string `arg:"" help:"Of the cart."`
}

func (c tokenCartCmd) Run(ctx context.Context) error {
	plate, err := gremio.ParsePlate(c.Plate)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "plate")
	}
	return c.with(ctx, func(k *identity.Keeper[*store.Tx]) error {
		secret, _, err := k.AddCart(ctx, identity.Terminal, plate, gremio.Visit{})
		if err != nil {
			return err
		}
		// A script that takes the token from a pipe gets the token alone.
		out := io.Writer(os.Stderr)
		if isatty.IsTerminal(os.Stdout.Fd()) {
			out = os.Stdout
		}
		fmt.Println(secret)
		fmt.Fprintf(os.Stderr, "cart %s reports with it; the token is not shown again\n", plate)
		return printPhoneSetup(out, c.PublicURL, secret, plate)
	})
}

// printPhoneSetup draws what Traccar Client reads, and says why it may not work.
func printPhoneSetup(out io.Writer, publicURL, token string, plate gremio.Plate) error {
	if publicURL == "" {
		fmt.Fprintln(out, "no QR: gremio does not know where phones reach it; --public-url https://… (GREMIO_PUBLIC_URL) says so")
		return nil
	}
	setup := gremio.NewPhoneSetup(publicURL, token, plate)
	code, err := qr.Encode(setup.URL)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nin Traccar Client: settings, the QR icon above, and this (docs/phones.md)\n\n%s\n%s\n\nor on the phone itself:\n%s\n", code.Blocks(), setup.URL, setup.Links[0].URL)
	if advice := gremio.PublicURLAdvice(setup.Warning); advice != "" {
		fmt.Fprintln(out, "\nwarning:", advice)
	}
	return nil
}

// warnPhones says what keeps phones from reporting to publicURL.
func (h *house) warnPhones(publicURL string) {
	if advice := gremio.PublicURLAdvice(gremio.PublicURLWarning(publicURL)); advice != "" {
		h.logger.Warn("phones: " + advice)
	}
}

// notePhones is the line of config check about phones.
func notePhones(publicURL string) string {
	if publicURL == "" {
		return "note   phones: no --public-url, so nobody gets a QR or link to set up a phone"
	}
	if advice := gremio.PublicURLAdvice(gremio.PublicURLWarning(publicURL)); advice != "" {
		return "warn   phones: " + advice
	}
	return "ok     phones: they report to " + strings.TrimRight(publicURL, "/") + "/gps/TOKEN"
}
