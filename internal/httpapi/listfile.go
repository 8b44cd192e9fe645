package httpapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// A StockSheets writes what stands at the stock board as files: CSV, CSV for Excel
// in Spanish and XLSX by the names "csv", "excel" and "xlsx".
type StockSheets struct {
	Levels         map[string]func(io.Writer, []gremio.StockLevel) error
	Replenishments map[string]func(io.Writer, []gremio.Replenishment) error
	Deliveries     map[string]func(io.Writer, []gremio.Delivery) error
}

// A fileQuery is the query of a list as a file.
type fileQuery interface{ csv() string }

// listFiles answers the list of an operation as files too, whole and not in parts,
// at its path with .csv or .xlsx behind it. file names them without its extension.
func listFiles[Q fileQuery, T any](a *api, act gremio.Action, path, id, what, file string, writers map[string]func(io.Writer, []T) error,
	read func(context.Context, *Q, gremio.Page) ([]T, string, error)) {
	for _, ext := range []string{"csv", "xlsx"} {
		register(a, op(act, http.MethodGet, path+"."+ext, id+"-"+ext, what+", all as a file, "+strings.ToUpper(ext), isFile(reportTypes[ext])),
			func(ctx context.Context, in *Q) (*huma.StreamResponse, error) {
				all, err := whole(func(page gremio.Page) ([]T, string, error) { return read(ctx, in, page) })
				if err != nil {
					return nil, err
				}
				write := writers[ext]
				if ext == "csv" {
					write = writers[(*in).csv()]
				}
				var body bytes.Buffer
				return asFile(reportTypes[ext], file+"-"+string(a.today(ctx))+"."+ext, &body, write(&body, all))
			})
	}
}
