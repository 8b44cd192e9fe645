// Package bench measures how fast gremio is beside the limits of what it stands
// on, in one run: figures of two machines, or of two days, do not compare, but
// their ratios do.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// A Sale is what take-in is sent.
type Sale struct {
	ID     string `json:"id"`
	Plate  string `json:"plate"`
	Client string `json:"client"`
	Units  int    `json:"units"`
}

// SaleOf returns the n-th sale of a run: 300 carts sell to 5,000 clients.
func SaleOf(run string, n int) Sale {
	return Sale{fmt.Sprintf("%s-%d", run, n), fmt.Sprintf("B%d", n%300), fmt.Sprintf("Cliente %d", n%5000), 1 + n%7}
}

// Load posts single sales to url over so many connections, each waiting for its
// answer, for about d. Anything but 202 is an error.
func Load(ctx context.Context, url, run string, connections int, d time.Duration) (Figure, error) {
	attacker := vegeta.NewAttacker(vegeta.Workers(uint64(connections)), vegeta.MaxWorkers(uint64(connections)),
		vegeta.Connections(connections), vegeta.KeepAlive(true), vegeta.Timeout(30*time.Second))
	header := http.Header{"Content-Type": {"application/json"}}
	n := 0
	next := func(t *vegeta.Target) error { // called by one at a time
		n++
		body, err := json.Marshal(SaleOf(run, n))
		t.Method, t.URL, t.Header, t.Body = "POST", url, header, body
		return err
	}
	var all vegeta.Metrics
	cpu := cpuSeconds()
	results := attacker.Attack(vegeta.Targeter(locked(next)), vegeta.ConstantPacer{}, d, run)
	for r := range results {
		all.Add(r)
		if ctx.Err() != nil {
			attacker.Stop()
		}
	}
	all.Close()
	cpu = cpuSeconds() - cpu
	if err := ctx.Err(); err != nil {
		return Figure{}, err
	}
	if taken := all.StatusCodes["202"]; taken == 0 || uint64(taken) != all.Requests {
		return Figure{}, gremio.Errorf(gremio.Internal, "%s: %d of %d requests were taken: %v %v", url, taken, all.Requests, all.StatusCodes, all.Errors)
	}
	return Figure{
		Connections: connections, PerSecond: all.Throughput, P50: milliseconds(all.Latencies.P50), P99: milliseconds(all.Latencies.P99),
		CPUPer10k: cpu / float64(all.Requests) * 10_000, Count: int64(all.Requests),
	}, nil
}

func locked(next vegeta.Targeter) vegeta.Targeter {
	turn := make(chan struct{}, 1)
	return func(t *vegeta.Target) error {
		turn <- struct{}{}
		defer func() { <-turn }()
		return next(t)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuSeconds is what this process has used so far: the load, the api and the
// embedded parts, but neither Kafka nor MariaDB.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// Decode is the limit of HTTP: it reads a sale and does nothing with it.
func Decode(w http.ResponseWriter, r *http.Request) {
	var s Sale
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// Forward is the limit of the log: it reads a sale, writes it to topic with all
// acks, and answers when the log has it. client is configured as gremio's is.
func Forward(client *kgo.Client, topic string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var s Sale
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		value, err := json.Marshal(s)
		if err == nil {
			err = client.ProduceSync(r.Context(), &kgo.Record{Topic: topic, Key: []byte(s.Plate), Value: value}).FirstErr()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}
}

// Serve serves handler on a free port of loopback until stop.
func Serve(handler http.Handler) (url string, stop func(), err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, gremio.Wrap(gremio.Unavailable, err, "listen on loopback")
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(ln)
	return "http://" + ln.Addr().String() + "/", func() { server.Close() }, nil
}
