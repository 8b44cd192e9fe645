package notify_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gremio"
	"gremio/internal/notify"
)

var master = gremio.Key(strings.Repeat("k", gremio.KeySize))

var notice = gremio.Notice{ID: "notice-1", Audience: gremio.AudienceGuild, Kind: "alert", About: "silent-1",
	Title: "Carrito perdido ABCD12", Body: "No da señales.", MadeAt: time.Now()}

// secrets are in every URL of these tests.
const secrets = "s3cretT0ken"

func notifier(t *testing.T, o notify.Options) *notify.Notifier {
	t.Helper()
	o.Master = master
	if err := notify.Check(o.URLs, o.Mail); err != nil {
		t.Fatal(err)
	}
	n, err := notify.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func send(n *notify.Notifier, notice gremio.Notice, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return n.Send(ctx, n.Destinations(notice.Audience)[0], notice)
}

func TestWrongURLs(t *testing.T) {
	for _, url := range []string{"", "nonsense", secrets + "://x", "https://host/" + secrets, "telegram://" + secrets + "@telegram?chats=1", "smtp://u:" + secrets + "@host/?from=a@b.cl",
		"discord://" + secrets, "generic://h:%zz" + secrets, "generic://host/x?@X-Mine=%zz" + secrets} {
		err := notify.Check([]string{"ntfy://host/topic", url}, "")
		if err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%q: %v", url, err)
			continue
		}
		if strings.Contains(err.Error(), secrets) || !strings.Contains(err.Error(), "URL 2") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{"nonsense", "ntfy://host/" + secrets, "smtp://u:" + secrets + "@host/", "smtp://u:" + secrets + "@host/?from=a@b.cl&to=c@d.cl"} {
		if err := notify.Check(nil, url); err == nil || gremio.KindOf(err) != gremio.Invalid || strings.Contains(err.Error(), secrets) || !strings.Contains(err.Error(), "--notify-mail") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if err := notify.Check([]string{"ntfy://user:" + secrets + "@host/topic", "matrix://user:pass@127.0.0.1:1/", "logger://"}, "smtp://u:p@host:587/?from=a@b.cl"); err != nil {
		t.Error(err)
	}
}

func TestDestinationsHaveNamesWithoutSecrets(t *testing.T) {
	urls := []string{"ntfy://user:" + secrets + "@host/topic", "generic+https://host/" + secrets, "ntfy://user:" + secrets + "@host/topic", "smtp://h/?from=a@b.cl&to=c@d.cl,e@f.cl"}
	a, b := notifier(t, notify.Options{URLs: urls}), notifier(t, notify.Options{URLs: urls, Mail: "smtp://h/?from=a@b.cl"})
	names := a.Destinations(gremio.AudienceGuild)
	if fmt.Sprint(names) != fmt.Sprint(b.Destinations(gremio.AudienceGuild)) || len(names) != 4 {
		t.Errorf("names are %v and %v: want one for each receiver, alike in each process", names, b.Destinations(gremio.AudienceGuild))
	}
	for _, name := range names {
		if strings.Contains(name, secrets) || strings.Contains(name, "@") || strings.Contains(name, "host") {
			t.Errorf("a destination is called %s", name)
		}
	}
	if len(a.Destinations(gremio.AudienceApplicant)) != 0 || len(b.Destinations(gremio.AudienceApplicant)) != 1 {
		t.Error("applicants have mail where --notify-mail says so")
	}
}

// A webhook knows a notice by its header, JSON or not.
func TestWebhook(t *testing.T) {
	var key, body atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		key.Store(r.Header.Get("Idempotency-Key") + " " + r.Header.Get("X-Mine") + " " + r.URL.String())
		body.Store(string(b))
	}))
	defer server.Close()
	for url, want := range map[string]string{
		"generic+" + server.URL + "/" + secrets + "?a=1&@X-Mine=yes":                                                         "Carrito perdido ABCD12\nNo da señales.\n\nRef.: notice-1",
		"generic" + strings.TrimPrefix(server.URL, "http") + "/" + secrets + "?a=1&@X-Mine=yes&disabletls=yes&template=JSON": `{"about":"silent-1","id":"notice-1","kind":"alert","message":"No da señales.","title":"Carrito perdido ABCD12"}`,
	} {
		if err := send(notifier(t, notify.Options{URLs: []string{url}}), notice, 5*time.Second); err != nil {
			t.Error(err)
		}
		if body.Load() != want || key.Load() != "notice-1 yes /"+secrets+"?a=1" {
			t.Errorf("it got %v, %v\nwant %v", key.Load(), body.Load(), want)
		}
	}
}

func TestFailuresSayNothingSecret(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, secrets, status) }))
	defer server.Close()
	url := "generic+" + server.URL + "/" + secrets + "?@Authorization=" + secrets
	fails := func(url string, kind gremio.Kind, words string) {
		t.Helper()
		err := send(notifier(t, notify.Options{URLs: []string{url}}), notice, 5*time.Second)
		if err == nil || gremio.KindOf(err) != kind || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), secrets) {
			t.Errorf("got %v (%v), want %q (%v)", err, gremio.KindOf(err), words, kind)
		}
	}
	for s, kind := range map[int]gremio.Kind{404: gremio.Conflict, 400: gremio.Conflict, 429: gremio.Unavailable, 500: gremio.Unavailable, 503: gremio.Unavailable} {
		status = s
		fails(url, kind, fmt.Sprint(s))
	}
	server.Close()
	fails(url, gremio.Unavailable, "refuses connections")
	fails("smtp://user:"+secrets+"@"+server.Listener.Addr().String()+"/?from=a@b.cl&to=c@d.cl", gremio.Unavailable, "refuses connections")
	fails("matrix://user:"+secrets+"@"+server.Listener.Addr().String()+"/?disabletls=yes", gremio.Unavailable, "sign in")
}

// A receiver that answers too late has the notice all the same; it is not sent again.
func TestLateAnswer(t *testing.T) {
	var got atomic.Int64
	answer := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.Add(1)
		<-answer
	}))
	defer server.Close()
	n := notifier(t, notify.Options{URLs: []string{"generic+" + server.URL}})
	if err := send(n, notice, 100*time.Millisecond); gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("no answer: %v", err)
	}
	other := notice
	other.ID = "notice-2"
	if err := send(n, other, 100*time.Millisecond); gremio.KindOf(err) != gremio.Unavailable || got.Load() != 1 {
		t.Errorf("while it is busy: %v, %d requests", err, got.Load())
	}
	close(answer)
	if err := send(n, notice, 5*time.Second); err != nil || got.Load() != 1 {
		t.Errorf("after the late answer: %v, %d requests", err, got.Load())
	}
	if err := send(n, other, 5*time.Second); err != nil || got.Load() != 2 {
		t.Errorf("the next notice: %v, %d requests", err, got.Load())
	}
}

// A mail server that has the mail and then breaks off has the mail.
func TestMailServerThatLeavesWithoutGoodbye(t *testing.T) {
	var mails atomic.Int64
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	refuse := atomic.Bool{}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "220 test\r\n")
			in := bufio.NewReader(conn)
			for {
				line, err := in.ReadString('\n')
				if err != nil || strings.HasPrefix(line, "QUIT") {
					break
				}
				switch {
				case strings.HasPrefix(line, "RCPT") && refuse.Load():
					fmt.Fprint(conn, "550 "+secrets+" is nobody here\r\n")
				case strings.HasPrefix(line, "DATA"):
					fmt.Fprint(conn, "354 go on\r\n")
					for line != ".\r\n" && err == nil {
						line, err = in.ReadString('\n')
					}
					mails.Add(1)
					fmt.Fprint(conn, "250 ok\r\n")
				default:
					fmt.Fprint(conn, "250 ok\r\n")
				}
			}
			conn.Close()
		}
	}()
	n := notifier(t, notify.Options{URLs: []string{"smtp://" + ln.Addr().String() + "/?from=a@b.cl&to=" + secrets + "@d.cl"}})
	if err := send(n, notice, 5*time.Second); err != nil || mails.Load() != 1 {
		t.Errorf("%v, %d mails", err, mails.Load())
	}
	refuse.Store(true)
	err = send(n, notice, 5*time.Second)
	if err == nil || gremio.KindOf(err) != gremio.Conflict || !strings.Contains(err.Error(), "550") || strings.Contains(err.Error(), secrets) {
		t.Errorf("a refused receiver: %v", err)
	}
}
