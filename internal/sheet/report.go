// Package sheet writes what the office opens in other programs: CSV, XLSX and JSON.
package sheet

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/xuri/excelize/v2"

	"gremio"
)

// ReportWriters write a daily report, by the extension of the file.
func ReportWriters() map[string]func(io.Writer, gremio.DailyReport) error {
	return map[string]func(io.Writer, gremio.DailyReport) error{"csv": ReportCSV, "xlsx": ReportXLSX, "json": ReportJSON}
}

var reportHeader = []string{
	"day", "revision", "complete", "plate", "sales", "units", "named_sales", "named_units", "clients",
	"mean_units_per_sale", "mean_units_per_client", "takings", "first_sale", "last_sale", "busiest_hour", "frequent_clients",
}

// ReportCSV writes a line a vendor and one for the guild, its plate empty.
// Numbers have a decimal point, times are of Santiago.
func ReportCSV(w io.Writer, r gremio.DailyReport) error {
	out := csv.NewWriter(w)
	if err := out.Write(reportHeader); err != nil {
		return err
	}
	for _, v := range reportRows(r) {
		line := make([]string, len(v))
		for i, cell := range v {
			line[i] = text(cell)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ReportXLSX writes the same table as a workbook of one sheet.
func ReportXLSX(w io.Writer, r gremio.DailyReport) error {
	f := excelize.NewFile()
	defer f.Close()
	name := "Ventas " + string(r.Day)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	header := make([]any, len(reportHeader))
	for i, h := range reportHeader {
		header[i] = h
	}
	rows := append([][]any{header}, reportRows(r)...)
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := f.SetSheetRow(name, cell, &row); err != nil {
			return err
		}
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := f.SetRowStyle(name, 1, 1, bold); err != nil {
		return err
	}
	if err := f.SetColWidth(name, "A", "P", 16); err != nil {
		return err
	}
	if err := f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return f.Write(w)
}

// ReportJSON writes the report as the API answers it, indented.
func ReportJSON(w io.Writer, r gremio.DailyReport) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
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
		})
	}
	return rows
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

// harmless keeps a sheet program from taking a client's name for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func text(cell any) string {
	switch c := cell.(type) {
	case string:
		return c
	case int:
		return strconv.Itoa(c)
	case int64:
		return strconv.FormatInt(c, 10)
	case float64:
		return strconv.FormatFloat(c, 'f', 2, 64)
	case bool:
		return strconv.FormatBool(c)
	}
	return ""
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
	fmt.Fprintln(t, "PATENTE\tVENTAS\tUNIDADES\tCLIENTES\tPOR VENTA\tPOR CLIENTE\tRECAUDADO\tPRIMERA\tÚLTIMA\tHORA PUNTA\t")
	for _, v := range append(append([]gremio.VendorDay{}, r.Vendors...), r.Guild) {
		plate := string(v.Plate)
		if plate == "" {
			plate = "GREMIO"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t\n", plate, v.Sales, v.Units, v.Clients,
			text(value(v.MeanUnitsPerSale)), text(value(v.MeanUnitsPerClient)), text(value(v.Takings)),
			clock(v.FirstSale), clock(v.LastSale), text(value(v.BusiestHour)))
	}
	return t.Flush()
}
