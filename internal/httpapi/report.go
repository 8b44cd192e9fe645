package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

var reportTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (a *api) reports() {
	type input struct {
		Day      string `path:"day" doc:"YYYY-MM-DD; with .csv or .xlsx behind it the report as a file"`
		Revision int    `query:"revision" minimum:"0" doc:"An older revision; the newest when absent"`
		ForExcel
	}
	register(a, op(gremio.ActReportRead, http.MethodGet, "/v1/reports/daily/{day}", "read-daily-report", "A day's report",
		describe("A day that is not closed yet answers the figures as they stand, with revision 0 and complete false."),
		fileOr[gremio.DailyReport](a)),
		func(ctx context.Context, in *input) (*huma.StreamResponse, error) {
			text, ext, _ := strings.Cut(in.Day, ".")
			r, err := a.report(ctx, text, in.Revision)
			if err == nil {
				r, err = a.ownPart(ctx, r)
			}
			if err != nil {
				return nil, err
			}
			return a.reportFile(r, ext, in.ForExcel)
		})
}

// report returns the kept report of a closed day, or the figures so far of an open one.
func (a *api) report(ctx context.Context, text string, revision int) (gremio.DailyReport, error) {
	day, err := gremio.ParseDay(text)
	if err != nil {
		return gremio.DailyReport{}, gremio.InvalidFields([]gremio.FieldError{{Field: "day", Message: err.Error()}})
	}
	r, found, err := a.Store.Report(ctx, day, revision)
	if err != nil || found {
		return r, err
	}
	if revision > 0 {
		return r, notFound("that day has no such revision")
	}
	return a.Store.ComputeReport(ctx, day)
}

// ownPart leaves of a report what whoever asks may see: all, or the own line,
// which is then the guild's too.
func (a *api) ownPart(ctx context.Context, r gremio.DailyReport) (gremio.DailyReport, error) {
	if a.reach(ctx, gremio.ActReportRead) == gremio.All {
		return r, a.noteRead(ctx, gremio.ActReportRead, string(r.Day))
	}
	own, err := a.within(ctx, gremio.ActReportRead, "")
	if err != nil {
		return gremio.DailyReport{}, err
	}
	since, err := a.ownSince(ctx, gremio.ActReportRead, own)
	if err != nil {
		return gremio.DailyReport{}, err
	}
	vendors := r.Vendors
	r.Vendors, r.Guild = []gremio.VendorDay{}, gremio.VendorDay{FrequentClients: []gremio.Frequent{}}
	r.Tiers, r.Places, r.Silent, r.Late, r.LateMore, r.Changed = nil, nil, nil, nil, 0, nil // the guild's
	for _, v := range vendors {
		if gremio.CartOf(v.Plate) != gremio.CartOf(own) {
			continue
		}
		if v, err = a.vendorDaySince(ctx, v, r.Day, since); err != nil {
			return gremio.DailyReport{}, err
		}
		if v.Sales > 0 {
			r.Vendors, r.Guild = append(r.Vendors, v), v
			r.Guild.Plate = ""
		}
	}
	return r, nil
}

func (a *api) reportFile(r gremio.DailyReport, ext string, excel ForExcel) (*huma.StreamResponse, error) {
	var body bytes.Buffer
	if ext == "" {
		return asFile("", "", &body, plainJSON.Marshal(&body, r))
	}
	write := a.ReportWriters[ext]
	if write == nil || reportTypes[ext] == "" {
		return nil, notFound("a report comes as JSON, .csv or .xlsx")
	}
	if ext == "csv" && excel.Excel {
		write = a.ReportExcel
	}
	return asFile(reportTypes[ext], "ventas-"+string(r.Day)+"."+ext, &body, write(&body, r))
}

// fileOr documents a route that answers T, or the same as a file.
func fileOr[T any](a *api) func(*huma.Operation) {
	return func(o *huma.Operation) {
		registry := a.huma.OpenAPI().Components.Schemas
		o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json":  {Schema: huma.SchemaFromType(registry, typeOf[T]())},
			reportTypes["csv"]:  {Schema: &huma.Schema{Type: "string"}},
			reportTypes["xlsx"]: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}}
		o.Errors = []int{http.StatusNotFound, http.StatusUnprocessableEntity}
	}
}

// asFile answers a body that was written, as a file unless name is empty.
func asFile(contentType, name string, body *bytes.Buffer, err error) (*huma.StreamResponse, error) {
	if err != nil {
		return nil, gremio.Wrap(gremio.Internal, err, "write %s", name)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		if name == "" {
			contentType = "application/json"
		} else {
			ctx.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		}
		ctx.SetHeader("Content-Type", contentType)
		ctx.BodyWriter().Write(body.Bytes())
	}}, nil
}
