package store

import (
	"context"
	"strings"

	"gremio"
)

// saleFilter builds the WHERE of a list of sales. Holdings are when the member
// that is asked for had which plate.
func saleFilter(f gremio.SaleFilter, held []gremio.Holding) filter {
	var w filter
	if f.Plate != "" {
		w.is("cart_id", gremio.CartOf(f.Plate))
	}
	w.is("sale_day", string(f.Day))
	w.is("sale_id", f.ID)
	w.is("client_key", gremio.Fold(f.Client))
	if f.From != "" {
		w.add("sale_day >= ?", string(f.From))
	}
	if f.To != "" {
		w.add("sale_day <= ?", string(f.To))
	}
	if f.Voided != nil {
		w.add(map[bool]string{true: "voided_at IS NOT NULL", false: "voided_at IS NULL"}[*f.Voided])
	}
	if f.Member != "" {
		spans, args := []string{"1 = 0"}, []any(nil)
		for _, h := range held {
			span := "cart_id = ? AND sold_at >= ?"
			args = append(args, gremio.CartOf(h.Plate), micros(h.From))
			if h.Until != nil {
				span += " AND sold_at < ?"
				args = append(args, micros(*h.Until))
			}
			spans = append(spans, "("+span+")")
		}
		w.add("("+strings.Join(spans, " OR ")+")", args...)
	}
	return w
}

// heldBy returns when the member that the filter asks for had which plate.
func (q queries) heldBy(ctx context.Context, f gremio.SaleFilter) ([]gremio.Holding, error) {
	if f.Member == "" {
		return nil, nil
	}
	return q.HoldingsOfMember(ctx, f.Member)
}
