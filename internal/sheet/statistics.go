package sheet

import (
	"io"

	"gremio"
)

// StatisticsWriters write statistics, by the extension of the file; "excel" is CSV
// for Excel in Spanish.
func StatisticsWriters() map[string]func(io.Writer, gremio.Statistics) error {
	return fileWriters(func(s gremio.Statistics, _ timeText) table { return statisticsTable(s) })
}

// ReportExcel writes the report as CSV for Excel in Spanish.
func ReportExcel(w io.Writer, r gremio.DailyReport) error { return reportTable(r).csvForExcel(w) }

// statisticsTable has a line a row and a last one, "total", of all.
func statisticsTable(s gremio.Statistics) table {
	key := string(s.By)
	if key == "" {
		key = "day"
	}
	t := table{"Estadísticas", []string{key, "sales", "units", "named_sales", "named_units", "named_share", "clients",
		"mean_units_per_sale", "mean_units_per_client", "takings"}, nil}
	row := func(key string, f gremio.SaleFigures) {
		t.rows = append(t.rows, []any{key, f.Sales, f.Units, value(f.NamedSales), value(f.NamedUnits), value(f.NamedShare), value(f.Clients),
			value(f.MeanUnitsPerSale), value(f.MeanUnitsPerClient), value(f.Takings)})
	}
	for _, r := range s.Rows {
		row(r.Key, r.SaleFigures)
	}
	total := "total"
	if s.By == "" {
		total = string(s.Day)
	}
	row(total, s.SaleFigures)
	return t
}
