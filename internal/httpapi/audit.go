package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type auditKeeper interface {
	Audit(ctx context.Context, f gremio.AuditFilter, page gremio.Page) ([]gremio.AuditEntry, string, error)
}

// An AuditQuery narrows the audit log. Exported, for huma passes over the fields
// of an embedded type that is not.
type AuditQuery struct {
	Actor  string `query:"actor" doc:"Id of a user or token, terminal, or stranger"`
	Action string `query:"action"`
	About  string `query:"about" doc:"An id, a plate, a day: whatever the entry is about"`
	From   string `query:"from" format:"date" doc:"First day, in Santiago"`
	To     string `query:"to" format:"date" doc:"Last day"`
}

func (in AuditQuery) filter() gremio.AuditFilter {
	return gremio.AuditFilter{Actor: in.Actor, Action: in.Action, About: in.About}.Days(gremio.Day(in.From), gremio.Day(in.To))
}

// about is what of the log was asked for, as the log notes it.
func (in AuditQuery) about() string {
	if in == (AuditQuery{}) {
		return "the audit log"
	}
	return strings.Trim(strings.Join([]string{in.Actor, in.Action, in.About, in.From, in.To}, " "), " ")
}

func (a *api) auditLog() {
	type listInput struct {
		Paging
		AuditQuery
	}
	register(a, op(gremio.ActAuditRead, http.MethodGet, "/v1/audit", "list-audit", "Who did what, and who read what about whom, the newest first"),
		func(ctx context.Context, in *listInput) (*listOutput[gremio.AuditEntry], error) {
			items, next, err := a.Identities.Audit(ctx, in.filter(), in.page())
			if err == nil {
				err = a.noteRead(ctx, gremio.ActAuditRead, in.about())
			}
			return listOf(items, next, err)
		})

	csvRoute := op(gremio.ActAuditRead, http.MethodGet, "/v1/audit.csv", "export-audit", "The audit log as CSV, the newest first")
	csvRoute.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/csv; charset=utf-8": {Schema: &huma.Schema{Type: "string"}}}}}
	register(a, csvRoute, func(ctx context.Context, in *AuditQuery) (*huma.StreamResponse, error) {
		// The first page is read before anything is answered, so that a database that
		// is away is a 503 and no broken file.
		first, next, err := a.Identities.Audit(ctx, in.filter(), gremio.Page{Limit: 1000})
		if err == nil {
			err = a.noteRead(ctx, gremio.ActAuditRead, in.about())
		}
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(out huma.Context) {
			out.SetHeader("Content-Type", "text/csv; charset=utf-8")
			out.SetHeader("Content-Disposition", `attachment; filename="registro.csv"`)
			err := a.AuditWriter(out.BodyWriter(), func(after string) ([]gremio.AuditEntry, string, error) {
				if after == "" {
					return first, next, nil
				}
				return a.Identities.Audit(ctx, in.filter(), gremio.Page{Limit: 1000, After: after})
			})
			if err != nil {
				a.Logger.Error("the export of the audit log breaks off", "because", err)
				panic(http.ErrAbortHandler) // a file that ends too soon must not look whole
			}
		}}, nil
	})
}
