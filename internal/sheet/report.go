// Package sheet writes what the office opens in other programs: CSV, XLSX and JSON.
package sheet

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"gremio"
)

// ReportWriters write a daily report, by the extension of the file.
func ReportWriters() map[string]func(io.Writer, gremio.DailyReport) error {
	return map[string]func(io.Writer, gremio.DailyReport) error{"csv": ReportCSV, "xlsx": ReportXLSX, "json": ReportJSON}
}

var reportHeader = []string{
	"day", "revision", "complete", "plate", "sales", "units", "named_sales", "named_units", "clients",
	"mean_units_per_sale", "mean_units_per_client", "takings", "first_sale", "last_sale", "busiest_hour", "frequent_clients",
	"named_share", "week_before_sales", "week_before_units", "tier",
}

// ReportCSV writes a line a vendor and one for the guild, its plate empty.
// Numbers have a decimal point, times are of Santiago.
func ReportCSV(w io.Writer, r gremio.DailyReport) error { return reportTable(r).csv(w) }

// ReportXLSX writes the same table as a workbook of one sheet.
func ReportXLSX(w io.Writer, r gremio.DailyReport) error { return reportTable(r).xlsx(w) }

func reportTable(r gremio.DailyReport) table {
	return table{"Ventas " + string(r.Day), reportHeader, reportRows(r)}
}

// ReportJSON writes the report as the API answers it, indented.
func ReportJSON(w io.Writer, r gremio.DailyReport) error { return JSON(w, r) }

// JSON writes v as the API answers it, indented.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func reportRows(r gremio.DailyReport) [][]any {
	var rows [][]any
	for _, v := range append(append([]gremio.VendorDay{}, r.Vendors...), r.Guild) {
		var frequent []string
		for _, f := range v.FrequentClients {
			frequent = append(frequent, f.Client)
		}
		rows = append(rows, []any{
			string(r.Day), r.Revision, r.Complete, string(v.Plate), v.Sales, v.Units, v.NamedSales, v.NamedUnits, v.Clients,
			value(v.MeanUnitsPerSale), value(v.MeanUnitsPerClient), value(v.Takings), clock(v.FirstSale), clock(v.LastSale),
			value(v.BusiestHour), harmless(strings.Join(frequent, "; ")),
			value(v.NamedShare), weekBefore(v, false), weekBefore(v, true), string(v.Tier),
		})
	}
	return rows
}

// percent writes the share of sales that a mean per client knows of.
func percent(share *float64) string {
	if share == nil {
		return ""
	}
	return fmt.Sprintf("%.0f %%", *share*100)
}

func weekBefore(v gremio.VendorDay, units bool) any {
	switch {
	case v.WeekBefore == nil:
		return ""
	case units:
		return v.WeekBefore.Units
	}
	return v.WeekBefore.Sales
}

func value[T any](p *T) any {
	if p == nil {
		return ""
	}
	return *p
}

func clock(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(gremio.Santiago()).Format("15:04:05")
}

// ReportText writes the report for a terminal.
func ReportText(w io.Writer, r gremio.DailyReport) error {
	state := "aún no cerrado"
	if r.Revision > 0 {
		state = fmt.Sprintf("revisión %d", r.Revision)
		if !r.Complete {
			state += ", incompleto: había ventas en camino"
		}
	}
	fmt.Fprintf(w, "Ventas del %s (%s)\n\n", r.Day, state)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "PATENTE\tVENTAS\tUNIDADES\tCLIENTES\tPOR VENTA\tPOR CLIENTE\tCON NOMBRE\tRECAUDADO\tPRIMERA\tÚLTIMA\tHORA PUNTA\tHACE 7 DÍAS\t")
	for _, v := range append(append([]gremio.VendorDay{}, r.Vendors...), r.Guild) {
		plate := string(v.Plate)
		if plate == "" {
			plate = "GREMIO"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", plate, v.Sales, v.Units, v.Clients,
			text(value(v.MeanUnitsPerSale)), text(value(v.MeanUnitsPerClient)), percent(v.NamedShare), text(value(v.Takings)),
			clock(v.FirstSale), clock(v.LastSale), text(value(v.BusiestHour)), text(weekBefore(v, true)))
	}
	return t.Flush()
}
