package httpapi

import (
	"context"
	"net/url"

	"gremio"
)

// A SaleQuery narrows a list of sales.
type SaleQuery struct {
	Plate  string `query:"plate"`
	Member string `query:"member" maxLength:"100" doc:"Id of a member: sales of the carts that were the member's when they sold"`
	// A name stands in no address: addresses are logged on their way.
	Client string `header:"Gremio-Client" maxLength:"1000" doc:"The client's name, percent-encoded UTF-8; case, accents and spaces do not matter"`
	Day    string `query:"day" format:"date" doc:"Of the guild's calendar in Santiago"`
	From   string `query:"from" format:"date" doc:"First day"`
	To     string `query:"to" format:"date" doc:"Last day, included"`
	Voided string `query:"voided" enum:"true,false" doc:"Only those taken back, or only the others; both when absent"`
}

// saleFilter returns what a request for sales may see of what it asks for.
func (a *api) saleFilter(ctx context.Context, in SaleQuery) (gremio.SaleFilter, error) {
	f := gremio.SaleFilter{Member: in.Member, Day: gremio.Day(in.Day), From: gremio.Day(in.From), To: gremio.Day(in.To)}
	var w wrong
	var err error
	if f.Client, err = url.PathUnescape(in.Client); err != nil || gremio.TextError(f.Client, gremio.MaxTextRunes) != "" {
		w.add("Gremio-Client", "is no percent-encoded name of at most 200 characters")
	} else if in.Client != "" && gremio.Fold(f.Client) == "" {
		w.add("Gremio-Client", "names nobody")
	}
	if kept := a.settings.get(ctx); kept.ClientNames == gremio.ClientNamesHash && f.Client != "" {
		f.Client = kept.ClientKept(f.Client, a.Master) // so it stands in the sales
	}
	w.span(f.From, f.To)
	if len(w.fields) > 0 {
		return f, gremio.InvalidFields(w.fields)
	}
	if in.Voided != "" {
		voided := in.Voided == "true"
		f.Voided = &voided
	}
	if f.Plate, err = plateParam("plate", in.Plate); err != nil {
		return f, err
	}
	f.Plate, err = a.within(ctx, gremio.ActSaleRead, f.Plate)
	return f, err
}

// span refuses days that end before they begin.
func (w *wrong) span(from, to gremio.Day) {
	if from != "" && to != "" && to < from {
		w.add("to", "is before from")
	}
}

// today is the guild's day now.
func (a *api) today(ctx context.Context) gremio.Day {
	return gremio.DayOf(a.Now(), a.settings.get(ctx).DayStartsAt)
}
