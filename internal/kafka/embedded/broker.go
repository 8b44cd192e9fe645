// Package embedded is the broker that gremio brings along: franz-go's kfake
// with its log on disk, on loopback, for a machine that has no Kafka. Ordinary
// Kafka clients reach it.
package embedded

import (
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kfake"

	"gremio"
)

// A Broker is a running embedded broker.
type Broker struct {
	Addr    string // host:port that clients connect to
	cluster *kfake.Cluster
	janitor *janitor // nil in virtual time, where no real client reaches the broker
	lock    *flock.Flock
	dir     string
}

// Options of an embedded broker.
type Options struct {
	Dir string // holds the log and is this broker's alone
	// Listen is host:port on loopback. If the port is taken a free one is used,
	// unless Exact is set.
	Listen string
	Exact  bool
	// ListenFn replaces the network, for tests in virtual time.
	ListenFn func(network, address string) (net.Listener, error)
	// NoSync leaves the flush to the operating system: faster, and a power cut
	// may lose the last records. A killed process loses nothing either way.
	NoSync bool
}

// Start opens the log in o.Dir and listens.
func Start(o Options) (*Broker, error) {
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "make the broker's folder")
	}
	b := &Broker{dir: o.Dir, lock: flock.New(filepath.Join(o.Dir, "lock"))}
	locked, err := b.lock.TryLock()
	if err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "lock the broker's folder %s", o.Dir)
	}
	if !locked {
		return nil, gremio.Errorf(gremio.Conflict, "another embedded broker works on %s%s: stop it, or give this one a --data folder of its own", o.Dir, whereIs(o.Dir))
	}
	if err := b.start(o); err != nil {
		b.lock.Unlock()
		return nil, err
	}
	return b, nil
}

func whereIs(dir string) string {
	if addr, err := Address(dir); err == nil {
		return " (at " + addr + ")"
	}
	return ""
}

func (b *Broker) start(o Options) error {
	id, err := clusterID(o.Dir)
	if err != nil {
		return err
	}
	listen := o.ListenFn
	if listen == nil {
		listen = net.Listen
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "broker address %q: want host:port", o.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return gremio.Errorf(gremio.Invalid, "the embedded broker listens on loopback only, not on %q: it has no passwords", host)
	}
	configs := map[string]string{"log.cleaner.backoff.ms": "1000000000000"}
	maps.Copy(configs, groupConfigs())
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID(id),
		kfake.DataDir(filepath.Join(o.Dir, "log")),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			return listenSteadily(listen, network, o, lastPort(o.Dir))
		}),
		// Its own retention drops a whole head as soon as one old timestamp stands
		// in it; kafka.Log.DropExpired does that work instead.
		kfake.BrokerConfigs(configs),
	}
	if !o.NoSync {
		opts = append(opts, kfake.SyncWrites())
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "start the embedded broker on %s with %s", o.Listen, o.Dir)
	}
	b.cluster = cluster
	b.Addr = cluster.ListenAddrs()[0]
	if o.ListenFn == nil {
		b.janitor = watchMembers(cluster)
	}
	_, port, _ := net.SplitHostPort(b.Addr)
	if err := os.WriteFile(filepath.Join(o.Dir, "last-port"), []byte(port+"\n"), 0o640); err != nil {
		cluster.Close()
		return gremio.Wrap(gremio.Unavailable, err, "note the broker's port")
	}
	if err := os.WriteFile(addressFile(o.Dir), []byte(b.Addr+"\n"), 0o640); err != nil {
		cluster.Close()
		return gremio.Wrap(gremio.Unavailable, err, "note the broker's address")
	}
	return nil
}

// listenSteadily listens where o says; where that leaves the port open or it is
// taken, on the port of the last time, so that processes which still look for
// the broker there find it again; else on any.
func listenSteadily(listen func(network, address string) (net.Listener, error), network string, o Options, last string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, err
	}
	if port != "0" {
		ln, err := listen(network, o.Listen)
		if !errors.Is(err, syscall.EADDRINUSE) || o.Exact {
			return ln, err
		}
	}
	if last != "" {
		if ln, err := listen(network, net.JoinHostPort(host, last)); err == nil {
			return ln, nil
		}
	}
	return listen(network, net.JoinHostPort(host, "0"))
}

func lastPort(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "last-port"))
	if err != nil {
		return "" // it never ran
	}
	return strings.TrimSpace(string(text))
}

// Close writes what is open and stops listening.
func (b *Broker) Close() {
	os.Remove(addressFile(b.dir))
	if b.janitor != nil {
		b.janitor.close()
	}
	b.cluster.Close()
	b.lock.Unlock()
}

// Address returns where the broker that works on dir listens.
func Address(dir string) (string, error) {
	text, err := os.ReadFile(addressFile(dir))
	if err != nil {
		return "", gremio.Wrap(gremio.Unavailable, err, "no embedded broker runs on %s", dir)
	}
	return strings.TrimSpace(string(text)), nil
}

func addressFile(dir string) string { return filepath.Join(dir, "address") }

// clusterID returns the id that this broker's log was born with.
func clusterID(dir string) (string, error) {
	file := filepath.Join(dir, "cluster-id")
	text, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", gremio.Wrap(gremio.Unavailable, err, "read the broker's id")
	}
	id := uuid.NewString()
	if err := os.WriteFile(file, []byte(id+"\n"), 0o640); err != nil {
		return "", gremio.Wrap(gremio.Unavailable, err, "store the broker's id")
	}
	return id, nil
}
