package httpapi

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type statisticsStore interface {
	SumsByDay(ctx context.Context, from, to, today gremio.Day, plate gremio.Plate) (map[string]gremio.SaleSum, error)
	SumsByHour(ctx context.Context, from, to gremio.Day, plate gremio.Plate) (map[string]gremio.SaleSum, error)
	SumsByVendor(ctx context.Context, from, to, today gremio.Day) (map[string]gremio.SaleSum, error)
	TiersOfPlates(ctx context.Context) (map[string]gremio.Tier, error)
	ClientsBetween(ctx context.Context, from, to gremio.Day, plate gremio.Plate) (int, error)
}

// Statistics reach over so many days at most, and over so many when nobody says.
const (
	mostDays  = 3700
	usualDays = 30
)

type statisticsQuery struct {
	Day   string `query:"day" format:"date" doc:"Without by: the day; today when absent"`
	By    string `query:"by" enum:"day,week,month,vendor,hour,tier" doc:"A row for each; without it the guild's figures of one day as they stand"`
	From  string `query:"from" format:"date" doc:"With by: the first day; 29 days before the last when absent"`
	To    string `query:"to" format:"date" doc:"With by: the last day, included; today when absent"`
	Plate string `query:"plate" doc:"With by: of one cart alone"`
	ForExcel
}

// ForExcel asks for a CSV file that Excel in Spanish opens on a double click.
type ForExcel struct {
	Excel bool `query:"excel" doc:"CSV with a byte order mark, semicolons and decimal commas, as Excel in Spanish reads it"`
}

// csv is the name of the writer of CSV.
func (f ForExcel) csv() string {
	if f.Excel {
		return "excel"
	}
	return "csv"
}

func (a *api) statistics() {
	register(a, op(gremio.ActReportRead, http.MethodGet, "/v1/statistics", "read-statistics", "Figures of a day as they stand, or of a span of days",
		describe("Figures of a span come from totals: they follow sales that come late and sales that are voided.")),
		func(ctx context.Context, in *statisticsQuery) (*itemOutput[gremio.Statistics], error) {
			s, err := a.readStatistics(ctx, *in)
			return itemOf(s, true, err, "")
		})
	for ext, write := range map[string]func(*statisticsQuery) string{"csv": func(in *statisticsQuery) string { return in.csv() }, "xlsx": func(*statisticsQuery) string { return "xlsx" }} {
		register(a, op(gremio.ActReportRead, http.MethodGet, "/v1/statistics."+ext, "read-statistics-"+ext, "The same as a file, "+strings.ToUpper(ext), isFile(reportTypes[ext])),
			func(ctx context.Context, in *statisticsQuery) (*huma.StreamResponse, error) {
				s, err := a.readStatistics(ctx, *in)
				if err != nil {
					return nil, err
				}
				var body bytes.Buffer
				return asFile(reportTypes[ext], "estadisticas-"+strings.Trim(string(s.From)+"-"+string(s.To)+string(s.Day), "-")+"."+ext, &body, a.StatisticsWriters[write(in)](&body, s))
			})
	}
}

// isFile documents a route that answers a file.
func isFile(contentType string) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
		o.Errors = []int{http.StatusUnprocessableEntity}
	}
}

func (a *api) readStatistics(ctx context.Context, in statisticsQuery) (gremio.Statistics, error) {
	if in.By == "" {
		day := gremio.Day(in.Day)
		if day == "" {
			day = a.today(ctx)
		}
		return a.figuresOf(ctx, day)
	}
	s := gremio.Statistics{By: gremio.StatisticsBy(in.By), From: gremio.Day(in.From), To: gremio.Day(in.To)}
	today := a.today(ctx)
	if s.To == "" {
		s.To = today
	}
	if s.From == "" {
		s.From = s.To.Plus(1 - usualDays)
	}
	var w wrong
	if w.span(s.From, s.To); s.From.Until(s.To) > mostDays {
		w.add("from", "is more than ten years before the last day")
	}
	if in.Day != "" {
		w.add("day", "goes without by: say from and to")
	}
	if len(w.fields) > 0 {
		return s, gremio.InvalidFields(w.fields)
	}
	plate, err := plateParam("plate", in.Plate)
	if err != nil {
		return s, err
	}
	if s.Plate, err = a.within(ctx, gremio.ActReportRead, plate); err != nil {
		return s, err
	}
	if s.From, err = a.ownFrom(ctx, s.Plate, s.From); err != nil {
		return s, err
	}
	if err := a.addRows(ctx, &s, today); err != nil {
		return s, err
	}
	about := string(s.Plate)
	if about == "" {
		about = string(s.From) + " " + string(s.To)
	}
	return s, a.noteRead(ctx, gremio.ActReportRead, about)
}

// ownFrom returns the first day of statistics that whoever asks may see: sums know
// whole days, so those of a cart that came from another begin the day after.
func (a *api) ownFrom(ctx context.Context, plate gremio.Plate, from gremio.Day) (gremio.Day, error) {
	since, err := a.ownSince(ctx, gremio.ActReportRead, plate)
	if err != nil || since.IsZero() {
		return from, err
	}
	starts := a.settings.get(ctx).DayStartsAt
	first := gremio.DayOf(since, starts)
	if first.Start(starts).Before(since) {
		first = first.Next()
	}
	return max(from, first), nil
}

// addRows reads the rows and adds them up.
func (a *api) addRows(ctx context.Context, s *gremio.Statistics, today gremio.Day) error {
	rows, err := a.sums(ctx, *s, today)
	if err != nil {
		return err
	}
	var total gremio.SaleSum
	s.Rows = []gremio.StatisticsRow{}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		f := rows[key].Figures()
		if s.By == gremio.ByHour && s.Plate != "" { // a cart's hours know no names and no money
			f.NamedSales, f.NamedUnits, f.NamedShare, f.Takings = nil, nil, nil, nil
		}
		s.Rows = append(s.Rows, gremio.StatisticsRow{Key: key, SaleFigures: f})
		total.Add(rows[key])
	}
	if s.By == gremio.ByHour && s.Plate != "" {
		days, err := a.Store.SumsByDay(ctx, s.From, s.To, today, s.Plate)
		if err != nil {
			return err
		}
		total = gremio.SaleSum{}
		for _, day := range days {
			total.Add(day)
		}
	}
	if s.Plate != "" {
		clients, err := a.Store.ClientsBetween(ctx, s.From, s.To, s.Plate)
		if err != nil {
			return err
		}
		total.Clients = &clients
	}
	s.SaleFigures = total.Figures()
	return nil
}

func (a *api) sums(ctx context.Context, s gremio.Statistics, today gremio.Day) (map[string]gremio.SaleSum, error) {
	switch {
	case s.By == gremio.ByHour:
		return a.Store.SumsByHour(ctx, s.From, s.To, s.Plate)
	case s.By == gremio.ByVendor && s.Plate == "":
		return a.Store.SumsByVendor(ctx, s.From, s.To, today)
	case s.By == gremio.ByTier && s.Plate == "":
		return a.sumsByTier(ctx, s, today)
	}
	days, err := a.Store.SumsByDay(ctx, s.From, s.To, today, s.Plate)
	if err != nil || s.By == gremio.ByDay {
		return days, err
	}
	tiers := map[string]gremio.Tier{}
	if s.By == gremio.ByTier {
		if tiers, err = a.Store.TiersOfPlates(ctx); err != nil {
			return nil, err
		}
	}
	return grouped(days, func(day string) string {
		switch s.By {
		case gremio.ByVendor:
			return string(s.Plate)
		case gremio.ByTier:
			return tierKey(tiers[string(s.Plate)])
		}
		return s.By.KeyOf(gremio.Day(day))
	}), nil
}

func (a *api) sumsByTier(ctx context.Context, s gremio.Statistics, today gremio.Day) (map[string]gremio.SaleSum, error) {
	vendors, err := a.Store.SumsByVendor(ctx, s.From, s.To, today)
	if err != nil {
		return nil, err
	}
	tiers, err := a.Store.TiersOfPlates(ctx)
	return grouped(vendors, func(plate string) string { return tierKey(tiers[plate]) }), err
}

// tierKey names the row of a tier; carts that are nobody's have one too.
func tierKey(t gremio.Tier) string {
	if t == "" {
		return "none"
	}
	return string(t)
}

func grouped(sums map[string]gremio.SaleSum, key func(string) string) map[string]gremio.SaleSum {
	all := map[string]gremio.SaleSum{}
	for k, sum := range sums {
		one := all[key(k)]
		one.Add(sum)
		all[key(k)] = one
	}
	return all
}

// figuresOf returns the guild's figures of a day as they stand, or those of the own
// cart for whoever may see no other.
func (a *api) figuresOf(ctx context.Context, day gremio.Day) (gremio.Statistics, error) {
	var totals gremio.Totals
	var err error
	if a.reach(ctx, gremio.ActReportRead) == gremio.All {
		if totals, err = a.Store.Totals(ctx, day); err == nil {
			err = a.noteRead(ctx, gremio.ActReportRead, string(day))
		}
	} else {
		var r gremio.DailyReport
		if r, err = a.Store.ComputeReport(ctx, day); err == nil {
			r, err = a.ownPart(ctx, r)
		}
		totals = gremio.Totals{Day: day, Sales: r.Guild.Sales, Units: r.Guild.Units, Clients: r.Guild.Clients,
			MeanUnitsPerSale: r.Guild.MeanUnitsPerSale, MeanUnitsPerClient: r.Guild.MeanUnitsPerClient, Takings: r.Guild.Takings}
	}
	return gremio.Statistics{Day: day, CartsLive: &totals.CartsLive, CartsMissing: &totals.CartsMissing, AlertsOpen: &totals.AlertsOpen,
		SaleFigures: gremio.SaleFigures{Sales: totals.Sales, Units: totals.Units, Clients: &totals.Clients,
			MeanUnitsPerSale: totals.MeanUnitsPerSale, MeanUnitsPerClient: totals.MeanUnitsPerClient, Takings: totals.Takings}}, err
}
