package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gremio"
	"gremio/internal/sheet"
)

type salesExportCmd struct {
	Output   string        `help:"Write to this file, not to the terminal." type:"path" placeholder:"FILE"`
	Format   string        `help:"csv, excel (CSV for Excel in Spanish), json or ndjson." enum:"csv,excel,json,ndjson" default:"csv"`
	From     string        `help:"First day, YYYY-MM-DD." placeholder:"DAY"`
	To       string        `help:"Last day, included." placeholder:"DAY"`
	Plate    string        `help:"Of one cart." placeholder:"PLATE"`
	Member   string        `help:"Of the carts that were this member's when they sold, by id." placeholder:"ID"`
	Client   string        `help:"To one client, by name." placeholder:"NAME"`
	Voided   string        `help:"Voided sales: also, only, or none of them." enum:"also,only,none" default:"also"`
	URL      string        `help:"The api." default:"http://127.0.0.1:3000"`
	Token    string        `help:"Of a program that may read sales (gremio token add export --scopes role:reader); better in GREMIO_TOKEN."`
	Patience time.Duration `help:"At most, while the api is away." default:"5m"`
}

func (c salesExportCmd) Run(ctx context.Context) error {
	for flag, day := range map[string]string{"--from": c.From, "--to": c.To} {
		if _, err := gremio.ParseDay(day); day != "" && err != nil {
			return gremio.Wrap(gremio.Invalid, err, "%s", flag)
		}
	}
	office := &officeClient{base: strings.TrimRight(c.URL, "/"), token: c.Token, patience: c.Patience}
	if c.Client != "" {
		office.header = http.Header{"Gremio-Client": {url.PathEscape(c.Client)}}
	}
	if c.Output == "" {
		_, err := c.write(ctx, office, os.Stdout)
		return err
	}
	// Whoever looks at the file sees all of it or the one before.
	f, err := os.CreateTemp(filepath.Dir(c.Output), ".sales-*")
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "write the sales")
	}
	defer os.Remove(f.Name())
	n, err := c.write(ctx, office, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.Output); err != nil {
		return gremio.Wrap(gremio.Invalid, err, "write the sales")
	}
	fmt.Printf("%d sales: %s\n", n, c.Output)
	return nil
}

func (c salesExportCmd) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"from": c.From, "to": c.To, "plate": c.Plate, "member": c.Member,
		"voided": map[string]string{"only": "true", "none": "false"}[c.Voided]} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// write writes every sale as it comes, a page of the api at a time.
func (c salesExportCmd) write(ctx context.Context, office *officeClient, to io.Writer) (n int64, err error) {
	buffered := bufio.NewWriterSize(to, 1<<16)
	out, err := sheet.NewSaleWriter(buffered, c.Format)
	if err != nil {
		return 0, gremio.Wrap(gremio.Unavailable, err, "write the sales")
	}
	total := c.total(ctx, office)
	show, end := progress("export")
	defer end()
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	err = each(reading, office, "/v1/sales", c.query(), func(s gremio.Sale) {
		if failed != nil {
			return
		}
		if failed = out.Write(s); failed != nil {
			stop() // a full disk needs no further pages
		}
		n++
		if n%1000 == 0 {
			show(n, max(n, total))
		}
	})
	if failed != nil {
		return n, gremio.Wrap(gremio.Unavailable, failed, "write the sales")
	}
	if err == nil {
		err = out.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	show(n, n)
	return n, err
}

// total returns about how many sales there will be, 0 when nobody can say before.
func (c salesExportCmd) total(ctx context.Context, office *officeClient) int64 {
	if c.Member != "" || c.Client != "" || c.Voided == "only" {
		return 0
	}
	q := url.Values{"by": {"month"}, "from": {time.Now().AddDate(-10, 0, 0).Format(time.DateOnly)}}
	for name, value := range map[string]string{"from": c.From, "to": c.To, "plate": c.Plate} {
		if value != "" {
			q.Set(name, value)
		}
	}
	var s gremio.Statistics
	if err := office.ask(ctx, http.MethodGet, "/v1/statistics?"+q.Encode(), nil, &s); err != nil {
		return 0 // it may read sales and no statistics
	}
	return int64(s.Sales)
}
