package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

type lifeStore interface {
	Member(ctx context.Context, id string) (gremio.Member, bool, error)
	PlatesOf(ctx context.Context, member string) ([]gremio.Plate, error)
	HoldingsOfPlate(ctx context.Context, plate gremio.Plate) ([]gremio.Holding, error)
	HoldingsOfMember(ctx context.Context, member string) ([]gremio.Holding, error)
	HoldingsOfMembers(ctx context.Context, members []string) (map[string][]gremio.Holding, error)
	MemberHistories(ctx context.Context, members []string) (map[string][]gremio.MemberEvent, error)
	MemberHistory(ctx context.Context, member string) ([]gremio.MemberEvent, error)
	PermitsOf(ctx context.Context, member string) ([]gremio.Permit, error)
}

// MemberPath is the member of a path. Exported, since huma looks into no other
// embedded struct.
type MemberPath struct {
	ID string `path:"id"`
}

// A ReasonBody is what an act says of itself when it has nothing else to say.
type ReasonBody struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

func (a *api) memberLife() {
	register(a, op(gremio.ActMemberRead, http.MethodGet, "/v1/members/{id}", "read-member", "One member: carts, permits, history", acts),
		func(ctx context.Context, in *MemberPath) (*itemOutput[gremio.MemberFile], error) {
			f, found, err := a.readMember(ctx, in.ID)
			if err == nil && found {
				err = a.noteRead(ctx, gremio.ActMemberRead, in.ID)
			}
			return itemOf(f, found, err, "there is no such member")
		})
	a.memberStanding()
	a.memberCarts()
	type permitInput struct {
		MemberPath
		Body struct {
			Kind      gremio.PermitKind `json:"kind" enum:"municipal,sanitary"`
			Number    string            `json:"number,omitempty" maxLength:"200"`
			ExpiresOn gremio.Day        `json:"expires_on" format:"date" doc:"The last day on which it is good"`
			ReasonBody
		}
	}
	registerLife(a, "permits", "note-permit", "Note until when a permit is good",
		func(ctx context.Context, in *permitInput) (*actOutput[gremio.MemberFile], error) {
			if message := gremio.TextError(in.Body.Number, gremio.MaxTextRunes); message != "" {
				return nil, gremio.InvalidFields([]gremio.FieldError{{Field: "number", Message: message}})
			}
			return a.change(ctx, in.ID, in.Body.Reason, func(ctx context.Context, act gremio.MemberAct) (gremio.Data, error) {
				number, err := a.sealNumber(ctx, act.Member, in.Body.Number)
				return gremio.PermitNoted{MemberAct: act, Kind: in.Body.Kind, Number: number, ExpiresOn: in.Body.ExpiresOn}, err
			})
		})
}

// memberStanding are the acts on a membership itself.
func (a *api) memberStanding() {
	type tierInput struct {
		MemberPath
		Body struct {
			Tier gremio.Tier `json:"tier" enum:"basic,premium"`
			ReasonBody
		}
	}
	registerLife(a, "tier", "change-tier", "Give a member another tier",
		func(ctx context.Context, in *tierInput) (*actOutput[gremio.MemberFile], error) {
			return a.change(ctx, in.ID, in.Body.Reason, func(_ context.Context, act gremio.MemberAct) (gremio.Data, error) {
				return gremio.MemberChanged{MemberAct: act, Tier: in.Body.Tier}, nil
			})
		})
	type suspendInput struct {
		MemberPath
		Body struct {
			Reason string     `json:"reason" minLength:"1" maxLength:"1000"`
			Until  *time.Time `json:"until,omitempty" doc:"When it ends by itself; absent: when a person ends it"`
		}
	}
	registerLife(a, "suspend", "suspend-member", "Suspend a member, with a reason and perhaps an end",
		func(ctx context.Context, in *suspendInput) (*actOutput[gremio.MemberFile], error) {
			return a.change(ctx, in.ID, in.Body.Reason, func(_ context.Context, act gremio.MemberAct) (gremio.Data, error) {
				return gremio.MemberSuspended{MemberAct: act, Until: in.Body.Until}, nil
			})
		})
	type bareInput struct {
		MemberPath
		Body *ReasonBody
	}
	registerLife(a, "resume", "resume-member", "End a suspension",
		func(ctx context.Context, in *bareInput) (*actOutput[gremio.MemberFile], error) {
			return a.change(ctx, in.ID, in.Body.text(), func(_ context.Context, act gremio.MemberAct) (gremio.Data, error) {
				return gremio.MemberResumed{MemberAct: act}, nil
			})
		})
	registerLife(a, "leave", "end-membership", "End a membership: its plates are free",
		func(ctx context.Context, in *bareInput) (*actOutput[gremio.MemberFile], error) {
			return a.change(ctx, in.ID, in.Body.text(), func(ctx context.Context, act gremio.MemberAct) (gremio.Data, error) {
				plates, err := a.Store.PlatesOf(ctx, act.Member)
				return gremio.MemberLeft{MemberAct: act, Plates: append([]gremio.Plate{}, plates...)}, err
			})
		})
	type returnInput struct {
		MemberPath
		Body *struct {
			Plate string `json:"plate,omitempty" maxLength:"40" doc:"Of the cart that the member comes back with; absent: none yet"`
			ReasonBody
		}
	}
	registerLife(a, "return", "return-member", "Take a membership up again",
		func(ctx context.Context, in *returnInput) (*actOutput[gremio.MemberFile], error) {
			reason, plate := "", gremio.Plate("")
			if in.Body != nil {
				var err error
				if plate, err = plateParam("plate", in.Body.Plate); err != nil {
					return nil, err
				}
				reason = in.Body.Reason
			}
			return a.change(ctx, in.ID, reason, func(_ context.Context, act gremio.MemberAct) (gremio.Data, error) {
				d := gremio.MemberReturned{MemberAct: act}
				if plate != "" {
					d.Plate = &plate
				}
				return d, nil
			})
		})
}

// memberCarts are the acts on a member's carts.
func (a *api) memberCarts() {
	type plateInput struct {
		MemberPath
		Body struct {
			Plate string `json:"plate" maxLength:"40" doc:"The new one"`
			From  string `json:"from,omitempty" maxLength:"40" doc:"The one that the cart bears; may be absent when the member has one cart"`
			ReasonBody
		}
	}
	registerLife(a, "plate", "change-plate", "Give a member's cart another plate",
		func(ctx context.Context, in *plateInput) (*actOutput[gremio.MemberFile], error) {
			var w wrong
			to := w.plate("plate", in.Body.Plate)
			from := w.optionalPlate("from", in.Body.From)
			if err := gremio.InvalidFields(w.fields); err != nil {
				return nil, err
			}
			return a.change(ctx, in.ID, in.Body.Reason, func(ctx context.Context, act gremio.MemberAct) (gremio.Data, error) {
				from, err := a.onlyCart(ctx, act.Member, from)
				return gremio.PlateChanged{MemberAct: act, From: from, To: to}, err
			})
		})
	type giveInput struct {
		MemberPath
		Body struct {
			To    string `json:"to" minLength:"1" maxLength:"100" doc:"The member who gets the cart"`
			Plate string `json:"plate,omitempty" maxLength:"40" doc:"Of the cart; may be absent when the member has one"`
			ReasonBody
		}
	}
	registerLife(a, "give-cart", "give-cart", "Pass a member's cart to another member",
		func(ctx context.Context, in *giveInput) (*actOutput[gremio.MemberFile], error) {
			var w wrong
			plate := w.optionalPlate("plate", in.Body.Plate)
			if err := gremio.InvalidFields(w.fields); err != nil {
				return nil, err
			}
			return a.change(ctx, in.ID, in.Body.Reason, func(ctx context.Context, act gremio.MemberAct) (gremio.Data, error) {
				plate, err := a.onlyCart(ctx, act.Member, plate)
				return gremio.CartGiven{MemberAct: act, Plate: plate, To: in.Body.To}, err
			})
		})
}

// registerLife adds an act on a member.
func registerLife[I any](a *api, act, name, summary string, handle func(context.Context, *I) (*actOutput[gremio.MemberFile], error)) {
	register(a, op(gremio.ActMemberChange, http.MethodPost, "/v1/members/{id}/"+act, name, summary, acts), handle)
}

func (b *ReasonBody) text() string {
	if b == nil {
		return ""
	}
	return b.Reason
}

func (w *wrong) optionalPlate(field, s string) gremio.Plate {
	if s == "" {
		return ""
	}
	return w.plate(field, s)
}

// onlyCart returns plate, or that of the only cart that the member has.
func (a *api) onlyCart(ctx context.Context, member string, plate gremio.Plate) (gremio.Plate, error) {
	if plate != "" {
		return plate, nil
	}
	plates, err := a.Store.PlatesOf(ctx, member)
	if err == nil && len(plates) != 1 {
		err = gremio.Errorf(gremio.Conflict, "the member has %d carts: name the plate", len(plates))
	}
	if err != nil {
		return "", err
	}
	return plates[0], nil
}

// change puts what happens to a member into the partition where the member's
// application lies.
func (a *api) change(ctx context.Context, id, reason string, data func(context.Context, gremio.MemberAct) (gremio.Data, error)) (*actOutput[gremio.MemberFile], error) {
	m, found, err := a.Store.Member(ctx, id)
	if err != nil || !found {
		return nil, orNotFound(err, "there is no such member")
	}
	if reason, err = a.sealText(ctx, "reason", reason, m.Person); err != nil {
		return nil, err
	}
	lane, err := a.laneOf(ctx, m.Application)
	if err != nil {
		return nil, err
	}
	d, err := data(ctx, gremio.MemberAct{Application: m.Application, Member: id, By: actor(ctx), Reason: reason, At: gremio.Instant(a.Now())})
	if err != nil {
		return nil, err
	}
	if err := gremio.InvalidFields(d.Validate()); err != nil {
		return nil, err
	}
	out, err := do(ctx, a, gremio.ActMemberChange, gremio.Event{Subject: m.Application, Lane: lane, Data: d},
		func(ctx context.Context) (gremio.MemberFile, bool, error) { return a.readMember(ctx, id) })
	if err == nil {
		err = a.Identities.Refresh(ctx)
	}
	return out, err
}

// readMember returns all that is known of a member, unsealed.
func (a *api) readMember(ctx context.Context, id string) (f gremio.MemberFile, found bool, err error) {
	if f.Member, found, err = a.Store.Member(ctx, id); err != nil || !found {
		return f, found, err
	}
	one := []gremio.Member{f.Member}
	if err = a.openMembers(ctx, one); err != nil {
		return f, true, err
	}
	a.showFees(ctx, one)
	f.Member = one[0]
	if f.Carts, err = a.Store.HoldingsOfMember(ctx, id); err != nil {
		return f, true, err
	}
	if f.Permits, err = a.permitsOf(ctx, f.Member); err != nil {
		return f, true, err
	}
	f.History, err = a.historyOf(ctx, f.Member)
	return f, true, err
}
