package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gremio"
	"gremio/internal/sheet"
)

// importBatch is how many applications go at once: the api stores a key for each.
const importBatch = 200

// An officeClient speaks to a running api as the office does.
type officeClient struct {
	base, token string
	patience    time.Duration
	header      http.Header // beside what every request has
}

// ask sends a request until the api has an answer to it, and decodes what it says. An
// api that is away or full is asked again.
func (o *officeClient) ask(ctx context.Context, method, path string, body []byte, answer any) error {
	began := time.Now()
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		status, text, err := o.once(ctx, method, path, body)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && status < 300:
			if err := json.Unmarshal(text, answer); err != nil {
				return gremio.Wrap(gremio.Internal, err, "%s answered no JSON: is --url gremio's?", path)
			}
			return nil
		case err == nil && status != http.StatusTooManyRequests && status < 500:
			return refusedBy(status, text)
		case err == nil:
			err = fmt.Errorf("status %d", status)
		}
		if time.Since(began) > o.patience {
			return gremio.Wrap(gremio.Unavailable, err, "the api at %s is away", o.base)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (o *officeClient) once(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 75*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/x-ndjson")
	}
	for name, values := range o.header {
		req.Header[name] = values
	}
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return resp.StatusCode, text, err
}

// An officeProblem is the api's word on one application.
type officeProblem struct {
	Status int
	Detail string
	Errors []struct{ Location, Message string }
}

func refusedBy(status int, text []byte) error {
	var p officeProblem
	json.Unmarshal(text, &p)
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return gremio.Errorf(gremio.Invalid, "the api refuses: %s; --token must be one of --scopes role:office (gremio token add)", printable(p.Detail))
	}
	return gremio.Errorf(gremio.Invalid, "the api answered %d: %s", status, printable(p.Detail))
}

// each reads a list to its end.
func each[T any](ctx context.Context, o *officeClient, path string, query url.Values, take func(T)) error {
	query.Set("limit", "1000")
	for {
		var page struct {
			Items []T
			Next  string
		}
		if err := o.ask(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			take(item)
		}
		if page.Next == "" {
			return nil
		}
		query.Set("cursor", page.Next)
	}
}

// everyone is who is there already: members, and who waits.
type everyone struct {
	byPerson, byPlate, byApplication map[string]*oneThere
}

type oneThere struct {
	id, application, what string
	plate                 gremio.Plate
	person                []string
}

// everybody asks who is there.
func (o *officeClient) everybody(ctx context.Context) (everyone, error) {
	all := everyone{map[string]*oneThere{}, map[string]*oneThere{}, map[string]*oneThere{}}
	add := func(t oneThere, p gremio.Personal) {
		t.person = personKeys(p)
		for _, key := range t.person {
			all.byPerson[key] = &t
		}
		if t.plate != "" {
			all.byPlate[string(t.plate)] = &t
		}
		all.byApplication[t.application] = &t
	}
	err := each(ctx, o, "/v1/applications", url.Values{"state": {gremio.ApplicationWaiting}}, func(a gremio.Application) {
		t := oneThere{id: a.ID, application: a.ID, what: "somebody's who waits"}
		if a.Plate != nil {
			t.plate = *a.Plate
		}
		add(t, a.Personal)
	})
	if err != nil {
		return all, err
	}
	return all, each(ctx, o, "/v1/members", url.Values{}, func(m gremio.Member) {
		add(oneThere{id: m.ID, application: m.Application, what: "a member's", plate: m.Plate}, m.Personal)
	})
}

func personKeys(p gremio.Personal) []string {
	var keys []string
	if p.RUT != "" {
		keys = append(keys, "rut "+p.RUT)
	}
	if document := gremio.Fold(p.Document); document != "" {
		keys = append(keys, "document "+document)
	}
	return keys
}

// compare notes who of the list is there already, and whose plate is another's.
func (all everyone) compare(file sheet.MemberFile, lines []importLine) {
	for i := range lines {
		l := &lines[i]
		if all.byApplication[l.id] != nil && l.id != "" {
			l.known = true
			continue
		}
		if len(l.Problems) > 0 {
			continue
		}
		var found *oneThere
		for _, key := range personKeys(l.Personal) {
			if t := all.byPerson[key]; t != nil {
				found = t
			}
		}
		holder := all.byPlate[string(l.Plate)]
		switch {
		case found != nil && (l.Plate == "" || l.Plate == found.plate):
			l.there, l.outcome = found.id, lineThere
		case found != nil:
			l.add(file.Column("plate"), "is another than that of the same person, who is there already: a plate is changed on the member's page")
		case holder != nil:
			l.add(file.Column("plate"), "is "+holder.what+" already")
		}
	}
}

func (l *importLine) add(column, message string) {
	l.Problems = append(l.Problems, sheet.LineProblem{Line: l.Line, Column: column, Message: message})
}

// send sends the good lines in batches. What the api may not have kept goes again
// under the same ids.
func (o *officeClient) send(ctx context.Context, lines []importLine) error {
	var good []*importLine
	for i := range lines {
		switch {
		case !lines[i].isGood():
		case lines[i].known:
			lines[i].outcome = lineSent
		default:
			good = append(good, &lines[i])
		}
	}
	show, end := progress("import")
	defer end()
	for from := 0; from < len(good); from += importBatch {
		batch := good[from:min(from+importBatch, len(good))]
		if err := o.sendBatch(ctx, batch); err != nil {
			return err
		}
		show(int64(from+len(batch)), int64(len(good)))
	}
	return nil
}

func (o *officeClient) sendBatch(ctx context.Context, batch []*importLine) error {
	var body bytes.Buffer
	out := json.NewEncoder(&body)
	for _, l := range batch {
		if err := out.Encode(l.body()); err != nil {
			return gremio.Wrap(gremio.Internal, err, "encode line %d", l.Line)
		}
	}
	var answer struct {
		Items []struct {
			ID, At  string
			Problem *officeProblem
		}
	}
	if err := o.ask(ctx, http.MethodPost, "/v1/events", body.Bytes(), &answer); err != nil {
		return err
	}
	if len(answer.Items) != len(batch) {
		return gremio.Errorf(gremio.Internal, "the api answered for %d of %d applications", len(answer.Items), len(batch))
	}
	for i, a := range answer.Items {
		if a.Problem == nil {
			batch[i].outcome = lineSent
			continue
		}
		batch[i].outcome = lineRefused
		if len(a.Problem.Errors) == 0 {
			batch[i].reasons = append(batch[i].reasons, strconv.Itoa(a.Problem.Status)+" "+a.Problem.Detail)
		}
		for _, e := range a.Problem.Errors {
			batch[i].reasons = append(batch[i].reasons, e.Location+" "+e.Message)
		}
	}
	return nil
}

// decisions asks until every application that was sent is known, or ctx ends.
func (o *officeClient) decisions(ctx context.Context, lines []importLine) error {
	open := map[string]*importLine{}
	for i := range lines {
		if lines[i].outcome == lineSent {
			open[lines[i].id] = &lines[i]
		}
	}
	for wait := 200 * time.Millisecond; len(open) > 0; wait = min(2*wait, 5*time.Second) {
		err := each(ctx, o, "/v1/applications", url.Values{}, func(a gremio.Application) {
			l := open[a.ID]
			if l == nil {
				return
			}
			l.outcome, l.reasons = a.State, a.Reasons
			if a.Plate != nil {
				l.plate = *a.Plate
			}
			delete(open, a.ID)
		})
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	return nil
}
