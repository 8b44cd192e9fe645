package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"gremio"
	"gremio/internal/sheet"
)

// salesBatch is how many sales go at once.
const salesBatch = 2000

type salesImportCmd struct {
	File     string        `arg:"" help:"CSV or .xlsx with the names of its columns in the first line." type:"existingfile"`
	Mapping  string        `help:"How the file is to be read: bakery, gremio (what sales export writes), ventas, or a JSON file." required:"" placeholder:"NAME"`
	Spread   []string      `help:"Spread the sales over these carts; the same each time for a sale, as long as the carts are the same. One cart takes all." placeholder:"PLATES"`
	DryRun   bool          `help:"Show every problem by line and send nothing."`
	SkipBad  bool          `help:"Send the good sales though others have problems."`
	Sheet    string        `help:"Of a workbook; the first when absent."`
	URL      string        `help:"The api." default:"http://127.0.0.1:3000"`
	Token    string        `help:"Of a program that may record sales (gremio token add caja --scopes sale.record); better in GREMIO_TOKEN."`
	Patience time.Duration `help:"At most, while the api is away." default:"5m"`
}

func (c salesImportCmd) Run(ctx context.Context) error {
	o := sheet.SaleFileOptions{Sheet: c.Sheet}
	var err error
	if o.Mapping, err = sheet.ReadSaleMapping(c.Mapping); err != nil {
		return err
	}
	for _, text := range c.Spread {
		p, err := gremio.ParsePlate(text)
		if err != nil {
			return gremio.Wrap(gremio.Invalid, err, "--spread")
		}
		o.Plates = append(o.Plates, p)
	}
	file, err := sheet.ReadSaleFile(c.File, o)
	if err != nil {
		return err
	}
	bad := tellSaleProblems(file)
	switch {
	case bad > 0 && (c.DryRun || !c.SkipBad):
		return gremio.Errorf(gremio.Invalid, "%d problems: nothing was sent; correct the file, or send the good sales with --skip-bad", bad)
	case c.DryRun:
		fmt.Println("nothing was sent")
		return nil
	}
	office := &officeClient{base: strings.TrimRight(c.URL, "/"), token: c.Token, patience: c.Patience}
	refused, err := office.sendSales(ctx, file.Sales)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the import did not come to its end: run it again, and nothing counts twice")
		return err
	}
	if len(refused) > 0 {
		tellLines(refused)
		return gremio.Errorf(gremio.Invalid, "%d sales were refused; the others were taken in", len(refused))
	}
	return nil
}

// tellSaleProblems prints every problem by line, then what there is in the file, and
// returns how many problems there are.
func tellSaleProblems(f sheet.SaleFile) int {
	problems := f.Problems
	good, units := 0, 0
	carts, days := map[gremio.Plate]bool{}, map[gremio.Day]bool{}
	for _, s := range f.Sales {
		problems = append(problems, s.Problems...)
		if len(s.Problems) == 0 {
			good++
			units += s.Units
			carts[s.Plate] = true
			days[gremio.DayOf(s.Time, gremio.Clock(0, 0))] = true
		}
	}
	tellLines(problems)
	fmt.Printf("%d lines: %d good sales of %d units by %d carts on %d days, %d with problems\n", f.Rows, good, units, len(carts), len(days), len(f.Sales)-good)
	for what, n := range map[string]int{"lines of no item": f.None, "sales of nothing": f.Empty, "voided sales": f.Voided} {
		if n > 0 {
			fmt.Printf("left out: %d %s\n", n, what)
		}
	}
	return len(problems)
}

func tellLines(problems []sheet.LineProblem) {
	if len(problems) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LINE\tCOLUMN\tPROBLEM")
	for _, p := range problems {
		column := short(p.Column, 30)
		if column == "" {
			column = "-"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", p.Line, column, printable(p.Message))
	}
	w.Flush()
}

// sendSales sends the sales without problems and returns what the api refused. What
// it may not have kept goes again under the same ids.
func (o *officeClient) sendSales(ctx context.Context, sales []sheet.SaleLine) (refused []sheet.LineProblem, err error) {
	var good []sheet.SaleLine
	for _, s := range sales {
		if len(s.Problems) == 0 {
			good = append(good, s)
		}
	}
	show, end := progress("import")
	defer end()
	for from := 0; from < len(good); from += salesBatch {
		batch := good[from:min(from+salesBatch, len(good))]
		some, err := o.sendSaleBatch(ctx, batch)
		if err != nil {
			return refused, err
		}
		refused = append(refused, some...)
		show(int64(from+len(batch)), int64(len(good)))
	}
	fmt.Printf("%d sales were sent: the log has them, and each counts once\n", len(good)-len(refused))
	return refused, nil
}

func (o *officeClient) sendSaleBatch(ctx context.Context, batch []sheet.SaleLine) (refused []sheet.LineProblem, err error) {
	var body bytes.Buffer
	out := json.NewEncoder(&body)
	for _, s := range batch {
		if err := out.Encode(saleBody(s)); err != nil {
			return nil, gremio.Wrap(gremio.Internal, err, "encode line %d", s.Line)
		}
	}
	var answer struct {
		Items []struct{ Problem *officeProblem }
	}
	if err := o.ask(ctx, http.MethodPost, "/v1/events", body.Bytes(), &answer); err != nil {
		return nil, err
	}
	if len(answer.Items) != len(batch) {
		return nil, gremio.Errorf(gremio.Internal, "the api answered for %d of %d sales", len(answer.Items), len(batch))
	}
	for i, a := range answer.Items {
		if a.Problem == nil {
			continue
		}
		if len(a.Problem.Errors) == 0 {
			refused = append(refused, sheet.LineProblem{Line: batch[i].Line, Message: strconv.Itoa(a.Problem.Status) + " " + a.Problem.Detail})
		}
		for _, e := range a.Problem.Errors {
			refused = append(refused, sheet.LineProblem{Line: batch[i].Line, Column: e.Location, Message: e.Message})
		}
	}
	return refused, nil
}

// saleBody is the sale as POST /v1/events takes it.
func saleBody(s sheet.SaleLine) map[string]any {
	body := map[string]any{"type": "sale", "id": s.ID, "plate": s.Plate, "units": s.Units, "time": s.Time}
	if s.Client != "" {
		body["client"] = s.Client
	}
	if s.Amount != nil {
		body["amount"] = *s.Amount
	}
	return body
}
