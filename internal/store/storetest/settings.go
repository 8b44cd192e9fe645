package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func settings(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	same := func(want gremio.Settings, what string) {
		t.Helper()
		got, err := s.Settings(ctx)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(gremio.ClockTime{})); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}
	want := gremio.DefaultSettings()
	same(want, "nobody has changed anything")
	got, err := s.ChangeSettings(ctx, "office", noon, func(s *gremio.Settings) error {
		s.InitialStock, s.OpensAt, s.Version = 150, gremio.Clock(6, 30), 99
		return nil
	})
	want.InitialStock, want.OpensAt, want.Version = 150, gremio.Clock(6, 30), 1
	if err != nil || !got.Equal(want) {
		t.Errorf("changed: %+v, %v", got, err)
	}
	same(want, "changed")
	if got, err = s.ChangeSettings(ctx, "office", noon, func(*gremio.Settings) error { return nil }); err != nil || got.Version != 1 {
		t.Errorf("a change of nothing makes version %d, %v", got.Version, err)
	}
	_, err = s.ChangeSettings(ctx, "office", noon, func(s *gremio.Settings) error { s.Membership = "sometimes"; return nil })
	wantKind(t, err, gremio.Invalid)
	refused := gremio.Errorf(gremio.Conflict, "version")
	if _, err = s.ChangeSettings(ctx, "office", noon, func(*gremio.Settings) error { return refused }); err != refused {
		t.Errorf("a refused change: %v", err)
	}
	same(want, "after two refused changes")
}

func settingsTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	s, other := migrated(t, open), open(t)
	const writers = 4
	for _, err := range together(writers, func(i int) error {
		_, err := []*store.Store{s, other}[i%2].ChangeSettings(ctx, "office", noon, func(s *gremio.Settings) error {
			s.InitialStock++
			return nil
		})
		return err
	}) {
		t.Error(err)
	}
	got, err := s.Settings(ctx)
	if err != nil || got.Version != writers || got.InitialStock != gremio.DefaultSettings().InitialStock+writers {
		t.Errorf("%d changes at once: version %d, initial stock %d, %v", writers, got.Version, got.InitialStock, err)
	}
}
