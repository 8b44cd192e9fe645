package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

func (a *api) membershipList() {
	type input struct {
		Month string `path:"month" doc:"YYYY-MM; with .csv or .xlsx behind it the list as a file"`
	}
	register(a, op(gremio.ActMemberRead, http.MethodGet, "/v1/membership-lists/{month}", "read-membership-list", "Who joined in a month, and who waits", acts,
		describe("The same again for any past month: plates, tiers and states are those of the month's end, and who waits is who waited then."),
		fileOr[gremio.MembershipList](a)),
		func(ctx context.Context, in *input) (*huma.StreamResponse, error) {
			month, ext, _ := strings.Cut(in.Month, ".")
			write := a.MembershipWriters[ext]
			if ext != "" && (write == nil || reportTypes[ext] == "") {
				return nil, notFound("a list comes as JSON, .csv or .xlsx")
			}
			l, err := a.readMembershipList(ctx, month)
			if err != nil {
				return nil, err
			}
			var body bytes.Buffer
			if ext == "" {
				return asFile("", "", &body, plainJSON.Marshal(&body, l))
			}
			return asFile(reportTypes[ext], "socios-"+month+"."+ext, &body, write(&body, l))
		})
}

// readMembershipList reads and unseals the list of a month, YYYY-MM.
func (a *api) readMembershipList(ctx context.Context, month string) (gremio.MembershipList, error) {
	l := gremio.MembershipList{Month: month, Joined: []gremio.Member{}, Waiting: []gremio.Application{}}
	first, err := gremio.ParseDay(month + "-01")
	if err != nil {
		return l, gremio.InvalidFields([]gremio.FieldError{{Field: "month", Message: "is no month: want YYYY-MM"}})
	}
	next := first
	for strings.HasPrefix(string(next), month) {
		next = next.Next()
	}
	midnight := gremio.Clock(0, 0)
	l.Joined, err = whole(func(page gremio.Page) ([]gremio.Member, string, error) {
		joined, cursor, err := a.Store.Members(ctx, gremio.MemberFilter{JoinedFrom: first.Start(midnight), JoinedBefore: next.Start(midnight)}, page)
		if err != nil {
			return nil, "", err
		}
		if err := a.membersAt(ctx, joined, next.Start(midnight)); err != nil {
			return nil, "", err
		}
		return joined, cursor, a.openMembers(ctx, joined)
	})
	if err != nil {
		return l, err
	}
	waiting, err := a.Store.WaitingAt(ctx, next.Start(midnight))
	if err != nil {
		return l, err
	}
	if err := a.openApplications(ctx, waiting); err != nil {
		return l, err
	}
	l.Waiting = append(l.Waiting, waiting...)
	return l, a.noteRead(ctx, gremio.ActMemberRead, append(distinct(l.Joined, memberID), distinct(waiting, applicationID)...)...)
}

// membersAt turns members into what they were at t.
func (a *api) membersAt(ctx context.Context, members []gremio.Member, t time.Time) error {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	histories, err := a.Store.MemberHistories(ctx, ids)
	if err != nil {
		return err
	}
	held, err := a.Store.HoldingsOfMembers(ctx, ids)
	if err != nil {
		return err
	}
	for i, m := range members {
		members[i] = m.At(t, histories[m.ID], held[m.ID])
	}
	return nil
}
