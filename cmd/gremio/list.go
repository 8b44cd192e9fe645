package main

import (
	"bytes"
	"io"
	"os"

	"gremio"
	"gremio/internal/sheet"
)

// listFlags say how a list is written, and where.
type listFlags struct {
	Format string `help:"table, csv, excel (CSV for Excel in Spanish), json or xlsx." enum:"table,csv,excel,json,xlsx" default:"table"`
	Output string `help:"Write to this file, not to the terminal." type:"path" placeholder:"FILE"`
}

// check refuses what a terminal cannot show.
func (f listFlags) check() error {
	if f.Format == "xlsx" && f.Output == "" {
		return gremio.Errorf(gremio.Invalid, "--format xlsx needs --output FILE")
	}
	return nil
}

// writeList writes a list, as text for a terminal, as JSON, or as one of files does.
func writeList[T any](f listFlags, list T, text func(io.Writer, T) error, files map[string]func(io.Writer, T) error) error {
	write := files[f.Format]
	switch f.Format {
	case "table":
		write = text
	case "json":
		write = func(w io.Writer, list T) error { return sheet.JSON(w, list) }
	}
	if f.Output == "" {
		return write(os.Stdout, list)
	}
	var body bytes.Buffer
	if err := write(&body, list); err != nil {
		return err
	}
	if err := os.WriteFile(f.Output, body.Bytes(), 0o600); err != nil {
		return gremio.Wrap(gremio.Invalid, err, "write the list")
	}
	return nil
}
