package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// dangling opens a request whose body never comes to its end.
func (h *house) dangling(path string, length int) net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	must(h.t, err)
	h.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", path, length)
	return conn
}

// Large bodies that come slowly take no more memory than their share: the next
// gets 503 at once, and small ones, health and reads go on.
func TestLargeBodiesAreBounded(t *testing.T) {
	h := newHouse(t, true)
	var open []net.Conn
	for range 3 {
		open = append(open, h.dangling("/v1/events", 8<<20-1))
	}
	deadline := time.Now().Add(10 * time.Second)
	for { // until the three are let in
		got := h.dangling("/v1/events", 8<<20-1)
		got.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		resp, err := http.ReadResponse(bufio.NewReader(got), nil)
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
				t.Errorf("%s %s, want 503 with Retry-After", resp.Status, body)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a fourth body of 8 MiB is let in")
		}
	}
	if got := h.post("/v1/sales", `{"plate":"AB12","units":1}`); got.code != 202 {
		t.Errorf("a small body meanwhile: %d %s", got.code, got.body)
	}
	if got := h.send("GET", "/v1/sales", ""); got.code != 200 {
		t.Errorf("a read meanwhile: %d %s", got.code, got.body)
	}
	for _, conn := range open {
		conn.Close()
	}
	line := `{"type":"sale","plate":"AB12","units":1}` + "\n"
	for end := time.Now().Add(10 * time.Second); ; {
		if got := h.post("/v1/events", strings.Repeat(line, 5000)); got.code == 202 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("after they have gone: %d %.200s", got.code, got.body)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Many slow requests, more than the api holds, are refused, and what comes after
// them is not.
func TestTooManyReadsLeaveTakeInAlone(t *testing.T) {
	h := newHouse(t, true)
	h.hold.Lock()
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	for range 200 {
		wg.Go(func() {
			got := h.send("GET", "/v1/sales", "")
			mu.Lock()
			defer mu.Unlock()
			codes[got.code]++
		})
	}
	took := time.Now()
	for end := time.Now().Add(10 * time.Second); ; {
		mu.Lock()
		refused := codes[503]
		mu.Unlock()
		if refused >= 200-64 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("200 reads that wait: %v, want 136 refused", codes)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := h.post("/v1/sales", `{"id":"x","plate":"AB12","units":1}`); got.code != 202 {
		t.Errorf("take-in meanwhile: %d %s", got.code, got.body)
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if got := h.send("GET", path, ""); got.code != 200 {
			t.Errorf("%s meanwhile: %d", path, got.code)
		}
	}
	t.Log("answered after", time.Since(took))
	h.hold.Unlock()
	wg.Wait()
	if codes[200] != 64 || codes[503] != 136 {
		t.Errorf("200 reads at once: %v, want 64 answered", codes)
	}
}
