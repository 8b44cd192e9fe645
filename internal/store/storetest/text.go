package storetest

import (
	"fmt"
	"strings"
	"testing"

	"gremio"
	"gremio/internal/store"
)

// nasty are texts that people write, or write on purpose.
var nasty = []string{
	"O'Higgins", `El "Guatón" Pérez`, "'); DROP TABLE sales;--", `back\slash \' \\`, "%_", "🥟👩‍🍳", "ñandú ÑANDÚ", "  spaces  ", "line\nbreak\ttab",
	"?, ?, :name, @p1, ${x}", "NULL", "\u202eright to left", strings.Repeat("🥟", gremio.MaxTextRunes), strings.Repeat("ß", gremio.MaxTextRunes),
}

// What people write is kept byte for byte.
func texts(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for i, text := range nasty {
		at := minute(i)
		id := fmt.Sprint("id-", i)
		sale := sold("A", id, text, 1, at)
		sale.TimeText = text
		addSales(t, s, sale)
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.VoidSale(ctx, "A", id, text, at)
			return err
		})
		update(t, s, func(tx *store.Tx) error {
			return tx.AddSighting(ctx, id, gremio.SightingReported{Place: gremio.Place{Grid: &gremio.Grid{}}, Time: at, Note: text})
		})
		update(t, s, func(tx *store.Tx) error {
			return tx.RaiseAlert(ctx, gremio.AlertRaised{Alert: id, Kind: gremio.AlertSighting, Severity: gremio.SeverityInfo, RaisedAt: at, Cause: text})
		})
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.CloseAlert(ctx, gremio.AlertClosed{Alert: id, By: "desk", Reason: text, At: at})
			return err
		})
		addApplication(t, s, id, func(a *gremio.Application) { a.Reasons, a.Sealed = []string{text}, gremio.Sealed(text) })
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.DecideApplication(ctx, gremio.Decision{Application: id, State: gremio.ApplicationIsRejected, By: "office", Reason: text, At: at})
			return err
		})

		same := func(where, got string, err error) {
			t.Helper()
			if err != nil || got != text {
				t.Errorf("%s: %q is kept as %q, %v", where, text, got, err)
			}
		}
		sales, _, err := s.Sales(ctx, gremio.SaleFilter{ID: id}, gremio.Page{Limit: 1})
		must(t, err)
		if len(sales) != 1 {
			t.Fatalf("the sale to %q is not found", text)
		}
		same("client", sales[0].Client, nil)
		same("time text", sales[0].TimeText, nil)
		same("void reason", sales[0].VoidReason, nil)
		if sales[0].ClientKey != gremio.Fold(text) {
			t.Errorf("the key of %q is kept as %q", text, sales[0].ClientKey)
		}
		alert, _, err := s.Alert(ctx, id)
		same("cause", alert.Cause, err)
		same("close reason", alert.CloseReason, err)
		a, _, err := s.Application(ctx, id)
		same("decision", a.DecidedReason, err)
		same("sealed", string(a.Sealed), err)
		if len(a.Reasons) != 1 || a.Reasons[0] != text {
			t.Errorf("reasons: %q is kept as %q", text, a.Reasons)
		}
		sightings, _, err := s.Sightings(ctx, gremio.Page{Limit: 1})
		must(t, err)
		same("note", sightings[0].Note, err)
	}
	if _, err := s.Totals(ctx, "2026-11-22"); err != nil {
		t.Errorf("the tables after all that: %v", err)
	}
}

// Ids differ when their bytes do: a database that folds case, accents or
// trailing spaces would take one sale for another.
func idsAsWritten(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	ids := []string{"a", "A", "á", "a ", " a", "ａ", "a\u0301", "ß", "ss", "ñ", "n", "🥟", "🍞", "1", "01", "1.0", "%", "_", "'", `\`, strings.Repeat("x", 100), strings.Repeat("🥟", 100)}
	var applied []gremio.AppliedID
	var keys []string
	for i, id := range ids {
		key := gremio.IDKey(gremio.TypeSaleRecorded, "A", id)
		keys = append(keys, key)
		applied = append(applied, gremio.AppliedID{Key: key, ID: id, Digest: fmt.Sprint(i), At: gremio.LogPosition{Topic: gremio.TopicSales, Offset: int64(i)}})
	}
	update(t, s, func(tx *store.Tx) error { return tx.AddAppliedIDs(ctx, "sales", applied) })
	for i := range keys {
		found, err := s.AppliedIDs(ctx, "sales", keys[i:i+1])
		must(t, err)
		if len(found) != 1 || found[keys[i]] != applied[i] {
			t.Errorf("id %q is found as %v", ids[i], found)
		}
		known, err := s.FindEvent(ctx, []string{"sales"}, ids[i])
		if err != nil || len(known) != 1 || known[0].At.Offset != int64(i) {
			t.Errorf("id %q is looked up as %v, %v", ids[i], known, err)
		}
	}
	var rows []gremio.Sale
	for i, id := range ids {
		rows = append(rows, sold("A", id, fmt.Sprint("client ", id), i+1, minute(i)))
	}
	addSales(t, s, rows...)
	for i, id := range ids {
		got, _, err := s.Sales(ctx, gremio.SaleFilter{ID: id}, gremio.Page{Limit: 10})
		if err != nil || len(got) != 1 || got[0].Units != i+1 {
			t.Errorf("sale %q is found as %+v, %v", id, got, err)
		}
	}
	// Clients are told apart by their key, in totals too.
	clients := map[string]bool{}
	for _, r := range rows {
		clients[r.ClientKey] = true
	}
	totals, err := s.Totals(ctx, "2026-11-22")
	if err != nil || totals.Clients != len(clients) {
		t.Errorf("%d clients, %v; want %d", totals.Clients, err, len(clients))
	}
}

// What a transaction wrote is gone when it fails.
func undone(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	failed := gremio.Errorf(gremio.Invalid, "no")
	err := s.Update(ctx, func(tx *store.Tx) error {
		if err := tx.AddSales(ctx, []gremio.Sale{sold("A", "1", "Ana", 3, noon)}); err != nil {
			return err
		}
		if err := tx.AddOutbox(ctx, "sales", []gremio.Event{{ID: "1", Data: gremio.IntakeAlive{}}}); err != nil {
			return err
		}
		if sales, _, err := tx.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: 1}); err != nil || len(sales) != 1 {
			t.Errorf("a transaction does not see what it wrote: %v, %v", sales, err)
		}
		if sales, _, err := s.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: 1}); err != nil || len(sales) != 0 {
			t.Errorf("others see what is not kept yet: %v, %v", sales, err)
		}
		return failed
	})
	if err != failed {
		t.Errorf("the failure comes back as %v", err)
	}
	sales, _, err := s.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: 1})
	if err != nil || len(sales) != 0 {
		t.Errorf("sales %v, %v", sales, err)
	}
	rows, err := s.Outbox(ctx, "sales", 1)
	if err != nil || len(rows) != 0 {
		t.Errorf("outbox %v, %v", rows, err)
	}
	totals, err := s.Totals(ctx, "2026-11-22")
	if err != nil || totals.Sales != 0 {
		t.Errorf("totals %+v, %v", totals, err)
	}
}
