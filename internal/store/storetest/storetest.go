// Package storetest is what every database that gremio keeps its results in
// must pass. It is for tests alone.
package storetest

import (
	"context"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// Run checks a database. Called again with the same t, open opens the same
// database once more, as another process would; with another t, an empty one.
// What open returns need not have tables yet, and is closed by open's t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, func(t *testing.T) *store.Store)
	}{
		{"MigrateTogether", migrateTogether},
		{"Claim", claim},
		{"Advance", advance},
		{"AdvanceTogether", advanceTogether},
		{"AppliedIDs", appliedIDs},
		{"Rejections", rejections},
		{"RejectionActs", rejectionActs},
		{"Outbox", outbox},
		{"OutboxSizes", outboxSizes},
		{"RefusedOutbox", refusedOutbox},
		{"Users", users},
		{"Links", links},
		{"Sessions", sessions},
		{"Tokens", tokens},
		{"TokensAtOnce", tokensAtOnce},
		{"Audit", audit},
		{"Pauses", pauses},
		{"Sales", sales},
		{"SalesInAnyOrder", salesInAnyOrder},
		{"OldSales", oldSales},
		{"SaleTwice", saleTwice},
		{"SaleFilters", saleFilters},
		{"Statistics", statistics},
		{"Void", void},
		{"Reports", reports},
		{"DaysToReport", daysToReport},
		{"Texts", texts},
		{"IDsAsWritten", idsAsWritten},
		{"Paging", paging},
		{"WrongCursor", wrongCursor},
		{"Carts", carts},
		{"CartsTogether", cartsTogether},
		{"Track", track},
		{"IntakeSpans", intakeSpans}, {"PhonePaces", phonePaces},
		{"Stock", stock},
		{"Pace", pace},
		{"LevelsTogether", levelsTogether},
		{"Deliveries", deliveries},
		{"StopsTogether", stopsTogether},
		{"Members", members},
		{"MemberLife", memberLife},
		{"TiersOfADay", tiersOfADay},
		{"Permits", permits},
		{"Twins", twins},
		{"Documents", documents},
		{"DecisionTimes", decisionTimes},
		{"Endings", endings},
		{"Since", since},
		{"SuspendedCarts", suspendedCarts},
		{"Alerts", alerts},
		{"PersonKeys", personKeys},
		{"Settings", settings},
		{"SettingsTogether", settingsTogether},
		{"Notices", notices},
		{"NoticesTogether", noticesTogether},
		{"Undone", undone},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

var ctx = context.Background()

// noon is a whole instant in the middle of a day in Santiago.
var noon = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func ptr[T any](v T) *T { return &v }

// migrated returns a database with its tables.
func migrated(t *testing.T, open func(t *testing.T) *store.Store) *store.Store {
	t.Helper()
	s := open(t)
	must(t, s.Migrate(ctx))
	return s
}

type failer interface {
	Helper()
	Fatal(...any)
}

func must(t failer, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// update runs fn in a transaction that must be kept.
func update(t failer, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	must(t, s.Update(ctx, fn))
}

func wantKind(t *testing.T, err error, want gremio.Kind) {
	t.Helper()
	if err == nil || gremio.KindOf(err) != want {
		t.Errorf("got %v, want an error of kind %s", err, want)
	}
}

// together runs fn n times at once and returns the errors.
func together(n int, fn func(i int) error) []error {
	start, results := make(chan struct{}), make(chan error)
	for i := range n {
		go func() {
			<-start
			results <- fn(i)
		}()
	}
	close(start)
	var errs []error
	for range n {
		if err := <-results; err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// pageThrough reads a list in pages of limit and returns the names of its rows.
func pageThrough[T any](t *testing.T, limit int, read func(gremio.Page) ([]T, string, error), name func(T) string) []string {
	t.Helper()
	var all []string
	for page := (gremio.Page{Limit: limit}); ; {
		rows, next, err := read(page)
		must(t, err)
		if len(rows) > limit {
			t.Fatalf("a page of %d holds %d", limit, len(rows))
		}
		for _, r := range rows {
			all = append(all, name(r))
		}
		if next == "" {
			return all
		}
		if len(all) > 1000 {
			t.Fatal("the list does not end")
		}
		page.After = next
	}
}
