package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"gremio"
)

type rejectedPhonesCmd struct {
	parts
	Plate string `help:"Of this cart only." placeholder:"PLATE"`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (c rejectedPhonesCmd) Run(ctx context.Context) error {
	plate := gremio.Plate("")
	if c.Plate != "" {
		var err error
		if plate, err = gremio.ParsePlate(c.Plate); err != nil {
			return gremio.Wrap(gremio.Invalid, err, "plate")
		}
	}
	return withLog(c.parts, func(h *house) error {
		list := []gremio.RequestRejected{}
		err := h.log.ReadRejected(ctx, func(data gremio.Data) {
			if r, ok := data.(gremio.RequestRejected); ok && (plate == "" || r.Plate == plate) {
				list = append(list, r)
			}
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(list)
		}
		if len(list) == 0 {
			fmt.Println("every phone is understood")
			return nil
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "PLATE\tWHEN\tDIALECT\tREQUEST\tBYTES\tFIELDS\tREASON")
		for _, r := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.Plate, r.At.In(gremio.Santiago()).Format("2006-01-02 15:04:05"), orDash(r.Dialect),
				short(strings.TrimSpace(r.Method+" "+r.ContentType), 40), r.Bytes, orDash(short(strings.Join(r.Fields, " "), 80)), short(r.Reason, 100))
		}
		return w.Flush()
	})
}
