package sheet

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"time"

	"gremio"
)

// A SaleWriter writes sales one after another and holds none of them.
type SaleWriter interface {
	Write(gremio.Sale) error
	Close() error // writes the end; the file below stays open
}

// SaleFormats are the formats that NewSaleWriter knows: csv, excel (CSV for Excel in
// Spanish), json (one array) and ndjson (a line a sale).
var SaleFormats = []string{"csv", "excel", "json", "ndjson"}

// NewSaleWriter returns what writes sales to w. The mapping "gremio" of an import
// reads what csv writes.
func NewSaleWriter(w io.Writer, format string) (SaleWriter, error) {
	switch format {
	case "json", "ndjson":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return &jsonSales{w: w, enc: enc, array: format == "json"}, nil
	case "excel":
		out, err := excelWriter(w)
		if err != nil {
			return nil, err
		}
		return &csvSales{out, excelLine, excelTime}, out.Write(saleHeader)
	}
	out := csv.NewWriter(w)
	return &csvSales{out, csvLine, plainTime}, out.Write(saleHeader)
}

var saleHeader = []string{"id", "plate", "client", "units", "amount", "time", "day", "received_at", "stock", "lat", "lon", "voided_at", "void_reason"}

type csvSales struct {
	out  *csv.Writer
	line func([]any) []string
	time func(time.Time) string
}

func (c *csvSales) Write(s gremio.Sale) error {
	voided := ""
	if s.VoidedAt != nil {
		voided = c.time(*s.VoidedAt)
	}
	return c.out.Write(c.line([]any{harmless(s.ID), string(s.Plate), harmless(s.Client), s.Units, value(s.Amount), c.time(s.Time), string(s.Day), c.time(s.ReceivedAt),
		value(s.Stock), degrees(s.Lat), degrees(s.Lon), voided, harmless(s.VoidReason)}))
}

func (c *csvSales) Close() error {
	c.out.Flush()
	return c.out.Error()
}

// A sheet program knows no zones: it gets the clock of Santiago.
func excelTime(t time.Time) string { return t.In(gremio.Santiago()).Format("2006-01-02 15:04:05") }

func plainTime(t time.Time) string { return t.In(gremio.Santiago()).Format(time.RFC3339Nano) }

type jsonSales struct {
	w     io.Writer
	enc   *json.Encoder
	array bool
	began bool
}

func (j *jsonSales) Write(s gremio.Sale) error {
	if j.array {
		lead := ","
		if !j.began {
			lead = "["
		}
		if _, err := io.WriteString(j.w, lead); err != nil {
			return err
		}
	}
	j.began = true
	return j.enc.Encode(s)
}

func (j *jsonSales) Close() error {
	end := ""
	switch {
	case j.array && j.began:
		end = "]\n"
	case j.array:
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}
