package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gremio"
	"gremio/internal/httpapi"
)

// A counting store counts the transactions that store persons' keys.
type counting struct {
	httpapi.Store
	keys *atomic.Int64
}

func (s counting) AddPersonKeys(ctx context.Context, wrapped map[string][]byte, now time.Time) (map[string][]byte, error) {
	s.keys.Add(1)
	return s.Store.AddPersonKeys(ctx, wrapped, now)
}

// The keys of many applications are stored in one transaction: in one each, a
// batch would wait for the database as often as it has applications.
func TestKeysOfABatchAreStoredAtOnce(t *testing.T) {
	var transactions atomic.Int64
	h := newHouse(t, true, func(c *httpapi.Config) { c.Store = counting{c.Store, &transactions} })
	const people = 100
	var body strings.Builder
	for n := range people {
		fmt.Fprintf(&body, `{"type":"application","id":"app-%d","given_name":"Rosa","family_name":"Soto","rut":"11111111-1","email":"r%d@example.cl","tier":"basic"}`+"\n", n, n)
	}
	body.WriteString(`{"type":"application","id":"app-0","given_name":"Rosa","family_name":"Soto","rut":"11111111-1","email":"r0@example.cl","tier":"basic"}` + "\n") // again
	body.WriteString(`{"type":"application","id":"wrong","given_name":"","family_name":"Soto","rut":"1-1","email":"r","tier":"basic"}` + "\n")
	began := time.Now()
	got := h.post("/v1/events", body.String())
	t.Logf("%d applications at once took %s", people, time.Since(began).Round(time.Millisecond))
	var answer struct {
		Items []struct {
			ID, At  string
			Problem *struct{ Status int }
		}
	}
	must(t, json.Unmarshal(got.body, &answer))
	if got.code != 202 || len(answer.Items) != people+2 || answer.Items[people+1].Problem == nil || answer.Items[people+1].Problem.Status != 422 {
		t.Fatalf("%d %.300s", got.code, got.body)
	}
	if n := transactions.Load(); n != 1 {
		t.Errorf("the keys were stored in %d transactions, want one", n)
	}
	var persons []string
	for n, item := range answer.Items[:people+1] {
		if item.Problem != nil || item.At == "" {
			t.Errorf("application %d: %+v", n, item)
		}
		persons = append(persons, gremio.DerivedID("person", item.ID))
	}
	keys, err := h.store.PersonKeys(h.ctx(), persons)
	if err != nil || len(keys) != people {
		t.Errorf("%d keys are stored, %v; want %d", len(keys), err, people)
	}
	sealed := 0
	for _, e := range h.logged(gremio.TopicMemberships) {
		if d := e.Data.(gremio.ApplicationSubmitted); len(d.Sealed) > 0 && keys[d.Person] != nil {
			sealed++
		}
	}
	if sealed != people+1 {
		t.Errorf("%d applications lie sealed in the log, want %d", sealed, people+1)
	}
}
