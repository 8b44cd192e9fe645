package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// caller gives up on an api that never answers.
var caller = &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// takesIn are the routes that --open-ingest opens; everything here that starts
// gremio says it, so that they are tried without an identity.
var takesIn = []string{"/registro_miembro", "/registro_venta", "/ubicacion", "/agente_extranio", "/v1/applications", "/v1/sales", "/v1/positions",
	"/v1/sightings", "/v1/stock-counts", "/v1/shifts", "/v1/events"}

// openToStrangers reports whether a request is sent without an identity.
func openToStrangers(method, path string) bool {
	return method == "POST" && slices.Contains(takesIn, path) || path == "/livez" || path == "/readyz"
}

// try sends one request, with the guild's token where an identity is needed; body is JSON text or a value, code 0 means no answer.
func (p *process) try(method, path string, body any) (code int, header http.Header, answer []byte) {
	var send io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		send = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			p.t.Fatal(err)
		}
		send = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, p.url+path, send)
	if err != nil {
		p.t.Fatal(err)
	}
	if send != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if !openToStrangers(method, path) {
		req.Header.Set("Authorization", "Bearer "+p.guild.token())
	}
	resp, err := caller.Do(req)
	if err != nil {
		return 0, nil, []byte(err.Error())
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		return 0, nil, []byte(err.Error())
	}
	return resp.StatusCode, resp.Header, answer
}

// An ack is what 202 says.
type ack struct{ ID, At string }

// post sends what must be taken.
func (p *process) post(path string, body any) ack {
	p.t.Helper()
	code, _, answer := p.try("POST", path, body)
	var a ack
	if code != 202 || json.Unmarshal(answer, &a) != nil || a.ID == "" || a.At == "" {
		p.t.Fatalf("POST %s %v: %d %s, want 202 with id and at", path, body, code, answer)
	}
	return a
}

// get reads what must be there.
func get[T any](p *process, path string) T {
	p.t.Helper()
	v, err := ask[T](p, path)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// ask reads what may not be there yet.
func ask[T any](p *process, path string) (v T, err error) {
	code, _, answer := p.try("GET", path, nil)
	if code != 200 {
		return v, errorf("GET %s: %d %s", path, code, answer)
	}
	return v, json.Unmarshal(answer, &v)
}

// items is a list as the api answers it.
type items[T any] struct {
	Items []T
	Next  string
}

// A liveView is what a page knows that follows the live stream.
type liveView struct {
	mu       sync.Mutex
	first    string // the name of the first event
	carts    map[string]json.RawMessage
	sections map[string]json.RawMessage
}

// watch follows the stream until the test ends.
func (p *process) watch() *liveView {
	p.t.Helper()
	v := &liveView{carts: map[string]json.RawMessage{}, sections: map[string]json.RawMessage{}}
	ctx, cancel := context.WithCancel(context.Background())
	p.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", p.url+"/v1/live", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.guild.token())
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(kind, "text/event-stream") {
		p.t.Fatalf("GET /v1/live: %s %s", resp.Status, kind)
	}
	go func() {
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 64<<20)
		event := ""
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = name
			} else if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				v.take(event, []byte(data))
			}
		}
	}()
	return v
}

func (v *liveView) take(event string, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var frame map[string]json.RawMessage
	if json.Unmarshal(data, &frame) != nil {
		return
	}
	if v.first == "" {
		v.first = event
	}
	for name, section := range frame {
		v.sections[name] = section
	}
	var carts []json.RawMessage
	json.Unmarshal(frame["carts"], &carts)
	for _, c := range carts {
		var plate struct{ Plate string }
		json.Unmarshal(c, &plate)
		v.carts[plate.Plate] = c
	}
}

// shows waits until a section, or the cart of a plate, satisfies ok.
func shows[T any](t *testing.T, v *liveView, what string, ok func(T) bool) {
	t.Helper()
	eventually(t, "the live stream shows "+what, func() error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.first != "snapshot" {
			return errorf("no snapshot first, but %q", v.first)
		}
		text, known := v.carts[what]
		if !known {
			text = v.sections[what]
		}
		var got T
		if err := json.Unmarshal(text, &got); err != nil {
			return errorf("%s: %v", text, err)
		}
		if !ok(got) {
			return errorf("%s", text)
		}
		return nil
	})
}
