package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type personStore interface {
	ApplicationsWithDocument(ctx context.Context, rutHash string) ([]string, error)
	VendorAccounts(ctx context.Context, plates []gremio.Plate, reached string) ([]gremio.User, error)
	Audit(ctx context.Context, f gremio.AuditFilter, page gremio.Page) ([]gremio.AuditEntry, string, error)
}

// ApplicationPath is the application of a path and its applicant's token.
// Exported, since huma looks into no other embedded struct.
type ApplicationPath struct {
	ID    string `path:"id"`
	Token string `query:"token" maxLength:"100" doc:"The applicant's, as POST /v1/applications answered it"`
}

// personRights are what a person may ask about the own data (Ley 21.719, art. 5, 7
// and 9): a copy, who has seen it, and to be forgotten.
func (a *api) personRights() {
	export := op(gremio.ActApplicationRead, http.MethodGet, "/v1/applications/{id}/export", "export-person", "All that the guild holds about a person", acts,
		describe("As JSON; export.zip has the same and tables of it as CSV."))
	register(a, export, func(ctx context.Context, in *ApplicationPath) (*itemOutput[gremio.PersonFile], error) {
		f, err := a.personFile(ctx, in)
		return itemOf(f, true, err, "")
	})
	zipped := op(gremio.ActApplicationRead, http.MethodGet, "/v1/applications/{id}/export.zip", "export-person-files", "The same, with tables as CSV", acts)
	zipped.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	register(a, zipped, func(ctx context.Context, in *ApplicationPath) (*huma.StreamResponse, error) {
		f, err := a.personFile(ctx, in)
		if err != nil {
			return nil, err
		}
		var body bytes.Buffer
		return asFile("application/zip", "mis-datos.zip", &body, a.PersonWriter(&body, f))
	})
	register(a, op(gremio.ActApplicationRead, http.MethodGet, "/v1/applications/{id}/reads", "list-reads", "Who read or changed what about a person, the newest first", acts),
		func(ctx context.Context, in *ApplicationPath) (*listOutput[gremio.PersonEntry], error) {
			app, err := a.mayReadPerson(ctx, in)
			if err != nil {
				return nil, err
			}
			items, err := a.readsOf(ctx, app)
			return listOf(items, "", err)
		})
	register(a, op(gremio.ActPersonErase, http.MethodGet, "/v1/applications/{id}/erasure", "plan-erasure", "What goes when a person is forgotten", acts,
		describe("An admin sees every application with the same RUT, or with the same other document and name; an applicant the own one.")),
		func(ctx context.Context, in *ApplicationPath) (*itemOutput[erasurePlan], error) {
			admin, err := a.mayActOnApplication(ctx, gremio.ActPersonErase, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			p, err := a.showErasure(ctx, in.ID, admin)
			return itemOf(p, true, err, "")
		})
	type eraseInput struct {
		ApplicationPath
		Body *ReasonBody
	}
	register(a, op(gremio.ActPersonErase, http.MethodPost, "/v1/applications/{id}/erase", "erase-person", "Forget a person for ever", acts,
		describe("The person's key is destroyed, in every copy of the log; a membership ends. Nobody can undo it. GET erasure says first what goes.")),
		func(ctx context.Context, in *eraseInput) (*actOutput[gremio.Application], error) {
			admin, err := a.mayActOnApplication(ctx, gremio.ActPersonErase, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			return a.erase(ctx, in.ID, in.Body.text(), admin)
		})
}

// mayReadPerson lets the office and the person through, and notes that the office looked.
func (a *api) mayReadPerson(ctx context.Context, in *ApplicationPath) (gremio.Application, error) {
	if err := a.mayReadApplication(ctx, in.ID, in.Token); err != nil {
		return gremio.Application{}, err
	}
	app, found, err := a.readApplication(ctx, in.ID)
	if err == nil && !found {
		err = notFound("there is no such application")
	}
	return app, err
}

// An erasurePlan is what goes when somebody is forgotten.
type erasurePlan struct {
	Applications []gremio.Application `json:"applications" doc:"The one of the path last"`
	Accounts     []gremio.Account     `json:"accounts" doc:"Vendors' accounts of the plates, and that of an e-mail which was confirmed"`
	Plates       []gremio.Plate       `json:"plates" doc:"That the member holds: their tokens end"`
}

// planErasure returns what goes with whoever made an application: when an admin
// asks, others with the same document too. A RUT is one person's; of two who bear
// a document of the same text only those of one name are taken for one.
func (a *api) planErasure(ctx context.Context, id string, admin bool) (p erasurePlan, err error) {
	p = erasurePlan{Accounts: []gremio.Account{}, Plates: []gremio.Plate{}}
	app, found, err := a.readApplication(ctx, id)
	if err != nil || !found {
		return p, orNotFound(err, "there is no such application")
	}
	if admin && app.RUTHash != nil {
		others, err := a.Store.ApplicationsWithDocument(ctx, *app.RUTHash)
		if err != nil {
			return p, err
		}
		_, badRUT := gremio.ParseRUT(app.RUT)
		for _, other := range others {
			same, found, err := a.readApplication(ctx, other)
			if err != nil {
				return p, err
			}
			if found && other != id && (badRUT == nil || gremio.Fold(same.Name()) == gremio.Fold(app.Name())) {
				p.Applications = append(p.Applications, same)
			}
		}
	}
	p.Applications = append(p.Applications, app)
	for _, each := range p.Applications {
		plates, accounts, err := a.accountsOf(ctx, each)
		if err != nil {
			return p, err
		}
		p.Plates = append(p.Plates, plates...)
		for _, account := range accounts {
			if !slices.ContainsFunc(p.Accounts, func(known gremio.Account) bool { return known.ID == account.ID }) {
				p.Accounts = append(p.Accounts, account)
			}
		}
	}
	return p, nil
}

// showErasure is planErasure for somebody who looks at it.
func (a *api) showErasure(ctx context.Context, id string, admin bool) (erasurePlan, error) {
	p, err := a.planErasure(ctx, id, admin)
	if err == nil && admin {
		err = a.noteRead(ctx, gremio.ActApplicationRead, distinct(p.Applications, applicationID)...)
	}
	return p, err
}

// accountsOf returns the plates that an applicant holds as a member, and the
// vendors' accounts that are the person's.
func (a *api) accountsOf(ctx context.Context, app gremio.Application) (plates []gremio.Plate, accounts []gremio.Account, err error) {
	if app.Member != "" {
		if plates, err = a.Store.PlatesOf(ctx, app.Member); err != nil {
			return nil, nil, err
		}
	}
	users, err := a.Store.VendorAccounts(ctx, plates, app.ReachedAt(a.Master))
	for _, u := range users {
		accounts = append(accounts, gremio.Account{ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, CreatedAt: u.CreatedAt})
	}
	return plates, accounts, err
}

// erase forgets whom planErasure names.
func (a *api) erase(ctx context.Context, id, reason string, admin bool) (out *actOutput[gremio.Application], err error) {
	plan, err := a.planErasure(ctx, id, admin)
	if err != nil {
		return nil, err
	}
	for _, app := range plan.Applications {
		if app.Names(reason) {
			return nil, errNamesPerson("reason")
		}
	}
	for _, app := range plan.Applications {
		if out, err = a.eraseOne(ctx, app, reason, admin); err != nil {
			return nil, err
		}
	}
	return out, a.Identities.Refresh(ctx)
}

func (a *api) eraseOne(ctx context.Context, app gremio.Application, reason string, admin bool) (*actOutput[gremio.Application], error) {
	lane, err := a.laneOf(ctx, app.ID)
	if err != nil {
		return nil, err
	}
	e := gremio.ErasureEvent(gremio.PersonErased{ApplicationAct: a.applicationAct(ctx, app.ID, admin), Person: app.Person, Reason: reason}, app.Tier, lane)
	return do(ctx, a, gremio.ActPersonErase, e, func(ctx context.Context) (gremio.Application, bool, error) { return a.readApplication(ctx, app.ID) })
}

func errNamesPerson(field string) error {
	return gremio.InvalidFields([]gremio.FieldError{{Field: field, Message: "names the person: it stays readable when the person is forgotten, so say it without name, document, phone or e-mail"}})
}

// personFile gathers all that the guild holds about a person.
func (a *api) personFile(ctx context.Context, in *ApplicationPath) (f gremio.PersonFile, err error) {
	f = gremio.PersonFile{MadeAt: gremio.Instant(a.Now()), Accounts: []gremio.Account{}, Sales: []gremio.Sale{}, Track: []gremio.PlateFix{}}
	if f.Application, err = a.mayReadPerson(ctx, in); err != nil {
		return f, err
	}
	_, accounts, err := a.accountsOf(ctx, f.Application)
	if err != nil {
		return f, err
	}
	f.Accounts = append(f.Accounts, accounts...)
	var had []gremio.Holding
	if f.Application.Member != "" {
		member, found, err := a.readMember(ctx, f.Application.Member)
		if err != nil {
			return f, err
		}
		if found {
			f.Member, had = &member, slices.Clone(member.Carts)
		}
	}
	if f.Application.ErasedAt == nil {
		for i := range had {
			if i == 0 { // a cart may sell while its application waits
				had[i].From = f.Application.SubmittedAt
			}
			if err := a.addCart(ctx, &f, had[i]); err != nil {
				return f, err
			}
		}
	}
	slices.SortStableFunc(f.Sales, func(x, y gremio.Sale) int { return x.Time.Compare(y.Time) })
	slices.SortStableFunc(f.Track, func(x, y gremio.PlateFix) int { return x.Time.Compare(y.Time) })
	f.Reads, err = a.readsOf(ctx, f.Application)
	return f, err
}

// addCart adds to f what a cart sold, and where it was, while it was the person's.
func (a *api) addCart(ctx context.Context, f *gremio.PersonFile, h gremio.Holding) error {
	within := func(t time.Time) bool { return !t.Before(h.From) && (h.Until == nil || t.Before(*h.Until)) }
	if err := everyPage(wholePages, func(page gremio.Page) (string, error) {
		sales, next, err := a.Store.Sales(ctx, gremio.SaleFilter{Plate: h.Plate}, page)
		for _, s := range sales {
			if within(s.ReceivedAt) {
				f.Sales = append(f.Sales, s)
			}
		}
		return next, err
	}); err != nil {
		return err
	}
	return everyPage(wholePages, func(page gremio.Page) (string, error) {
		track, next, err := a.Store.Track(ctx, h.Plate, page)
		for _, fix := range track {
			if within(fix.ReceivedAt) {
				f.Track = append(f.Track, gremio.PlateFix{Plate: h.Plate, Fix: fix})
			}
		}
		return next, err
	})
}

var wholePages = gremio.Page{Limit: 1000}

// everyPage reads a list to its end, from page on.
func everyPage(page gremio.Page, read func(gremio.Page) (next string, err error)) error {
	for {
		next, err := read(page)
		if err != nil || next == "" {
			return err
		}
		page.After = next
	}
}

// whole reads all of a list.
func whole[T any](read func(gremio.Page) ([]T, string, error)) ([]T, error) {
	all := []T{}
	err := everyPage(wholePages, func(page gremio.Page) (string, error) {
		items, next, err := read(page)
		all = append(all, items...)
		return next, err
	})
	return all, err
}

// readsOf returns what the audit log says about an applicant and the member.
func (a *api) readsOf(ctx context.Context, app gremio.Application) ([]gremio.PersonEntry, error) {
	about := []string{app.ID}
	if app.Member != "" {
		about = append(about, app.Member)
	}
	all, seen := []gremio.PersonEntry{}, map[int64]bool{}
	for _, id := range about {
		if err := everyPage(wholePages, func(page gremio.Page) (string, error) {
			entries, next, err := a.Store.Audit(ctx, gremio.AuditFilter{About: id}, page)
			for _, e := range entries {
				if !seen[e.ID] {
					seen[e.ID] = true
					all = append(all, entryFor(e))
				}
			}
			return next, err
		}); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(x, y gremio.PersonEntry) int { return y.At.Compare(x.At) })
	return all, nil
}

// entryFor is what a person is shown of an entry: the own acts are the applicant's.
func entryFor(e gremio.AuditEntry) gremio.PersonEntry {
	p := gremio.PersonEntry{At: e.At, Actor: e.ActorName, Action: e.Action}
	switch {
	case e.Actor == string(gremio.Stranger):
		p.Actor = gremio.ByApplicant
	case p.Actor == "":
		p.Actor = e.Actor
	}
	return p
}
