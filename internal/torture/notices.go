package torture

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
)

// A receiver is who gets the guild's notices, by a webhook, and counts them by id.
type receiver struct {
	server *httptest.Server
	mu     sync.Mutex
	got    map[string]int // by id
	about  map[string]int // distinct notices, by kind and what they are about
}

func newReceiver() *receiver {
	r := &receiver{got: map[string]int{}, about: map[string]int{}}
	r.server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var notice struct{ ID, Kind, About string }
		json.NewDecoder(req.Body).Decode(&notice)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.got[notice.ID]++; r.got[notice.ID] == 1 {
			r.about[notice.Kind+" "+notice.About]++
		}
	}))
	return r
}

// url is what gremio is told to notify.
func (r *receiver) url() string { return "generic+" + r.server.URL + "/hook?template=json" }

// notices compares what arrived with the alerts: one notice each, and no more
// repeats than kills, since only a crash between sending and noting it repeats one.
func (j *judge) notices(ctx context.Context) error {
	err := j.h.await(ctx, "the notices to go out", func() bool {
		n, err := j.h.count(ctx, "SELECT COUNT(*) FROM notices")
		return err == nil && n == 0
	})
	if err != nil {
		return err
	}
	r := j.h.receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	sent, err := j.h.counts(ctx, "SELECT notice_id FROM notices_sent")
	if err != nil {
		return err
	}
	repeats := 0
	for id, n := range r.got {
		repeats += n - 1
		if sent[id] == 0 {
			j.say("wrong", -1, "notice %s arrived, and gremio does not know that it was sent", id)
		}
	}
	for id := range sent {
		if r.got[id] == 0 {
			j.say("lost", -1, "notice %s is noted as sent, and never arrived", id)
		}
	}
	if repeats > j.kills {
		j.say("doubled", -1, "%d notices arrived again, after %d kills", repeats, j.kills)
	}
	for kind, query := range map[string]string{"alert": "SELECT alert_id FROM alerts", "delivery": "SELECT delivery_id FROM deliveries"} {
		if err := j.h.rows(ctx, query, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			if n := r.about[kind+" "+id]; n == 0 {
				j.say("lost", -1, "nobody was told of %s %s", kind, id)
			} else if n > 1 {
				j.say("doubled", -1, "there were %d notices of %s %s", n, kind, id)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
