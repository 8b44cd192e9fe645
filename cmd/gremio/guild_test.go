package main_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	_ "modernc.org/sqlite"

	"gremio"
)

// A guild is one installation: a data folder, a log and a database of its own.
type guild struct {
	t    *testing.T
	real *real // nil: the embedded parts
	data string
	env  []string // where the parts are, when they are not in data

	broker       *process // of the embedded parts, when it runs alone
	brokerListen string
	dsn          string // of this guild's own MariaDB database
	db           *sql.DB

	identity sync.Once
	bearer   string // of a program that may do all that a program may
}

// token returns what reads and acts of the tests are made with. The first call
// makes it, once a process of this guild has made the master key.
func (g *guild) token() string {
	g.t.Helper()
	g.identity.Do(func() { g.bearer = strings.TrimSpace(g.run("token", "add", "tests", "--scopes", "role:admin")) })
	return g.bearer
}

// newGuild makes a guild that nothing has happened in. On the real parts that
// means a new database, and topics deleted: nothing else may use them meanwhile.
func newGuild(t *testing.T, r *real) *guild {
	g := &guild{t: t, real: r, data: t.TempDir(), brokerListen: "127.0.0.1:0"}
	if r == nil {
		g.open("sqlite", "file:"+filepath.Join(g.data, "gremio.db")+"?_pragma=busy_timeout(20000)")
		return g
	}
	g.newDatabase()
	g.deleteTopics()
	t.Cleanup(g.deleteTopics)
	g.env = []string{"GREMIO_KAFKA=" + r.kafka, "GREMIO_DATABASE=" + g.dsn}
	g.run("migrate") // makes the master key: on shared parts no other command does
	return g
}

func (g *guild) open(driver, dsn string) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		g.t.Fatal(err)
	}
	g.db = db
	g.t.Cleanup(func() { db.Close() })
}

func (g *guild) newDatabase() {
	cfg, err := mysql.ParseDSN(g.real.database)
	if err != nil {
		g.t.Fatal("GREMIO_TEST_DATABASE: ", err)
	}
	cfg.DBName = ""
	admin, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		g.t.Fatal(err)
	}
	name := "gremio_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		g.t.Fatal("make a database: ", err)
	}
	g.t.Cleanup(func() {
		admin.Exec("DROP DATABASE " + name)
		admin.Close()
	})
	cfg.DBName = name
	g.dsn = cfg.FormatDSN()
	g.open("mysql", g.dsn)
}

func topicNames() []string {
	var names []string
	for _, topic := range gremio.Topics() {
		names = append(names, string(topic))
	}
	return names
}

func (g *guild) deleteTopics() {
	client, admin := g.kafkaClient()
	defer client.Close()
	ctx := context.Background()
	eventually(g.t, "the topics of the case before are gone", func() error {
		if _, err := admin.DeleteTopics(ctx, topicNames()...); err != nil {
			return err
		}
		have, err := admin.ListTopics(ctx)
		if err != nil {
			return err
		}
		for _, name := range topicNames() {
			if have.Has(name) {
				return errorf("%s is still there", name)
			}
		}
		return nil
	})
}

// startBroker starts the embedded broker in a process of its own; Apache Kafka runs already.
func (g *guild) startBroker() {
	g.t.Helper()
	if g.real != nil {
		return
	}
	g.broker = g.start("broker")
	g.broker.saying("broker listens on")
}

// seeds are the brokers' addresses as gremio says them.
func (g *guild) seeds() []string {
	if g.real != nil {
		return strings.Split(g.real.kafka, ",")
	}
	addr, err := os.ReadFile(filepath.Join(g.data, "broker", "address"))
	if err != nil {
		g.t.Fatal("where does the embedded broker listen? ", err)
	}
	return []string{strings.TrimSpace(string(addr))}
}

// kafkaClient is an ordinary Kafka client that knows nothing of gremio.
func (g *guild) kafkaClient(opts ...kgo.Opt) (*kgo.Client, *kadm.Client) {
	g.t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(g.seeds()...))...)
	if err != nil {
		g.t.Fatal(err)
	}
	return client, kadm.NewClient(client)
}

// ends returns where each partition of topic ends, and how many records it has.
func (g *guild) ends(topic gremio.Topic) (ends map[int32]int64, records int64) {
	g.t.Helper()
	client, admin := g.kafkaClient()
	defer client.Close()
	ends = map[int32]int64{}
	eventually(g.t, "Kafka says where "+string(topic)+" ends", func() error {
		listed, err := admin.ListEndOffsets(context.Background(), string(topic))
		if err != nil {
			return err
		}
		if err := listed.Error(); err != nil {
			return err
		}
		records = 0
		listed.Each(func(o kadm.ListedOffset) {
			ends[o.Partition] = o.Offset
			records += o.Offset
		})
		if len(ends) == 0 {
			return errorf("there is no topic %s", topic)
		}
		return nil
	})
	return ends, records
}

// records reads a whole topic.
func (g *guild) records(topic gremio.Topic) []*kgo.Record {
	g.t.Helper()
	_, want := g.ends(topic)
	client, _ := g.kafkaClient(kgo.ConsumeTopics(string(topic)), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all []*kgo.Record
	for int64(len(all)) < want {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			g.t.Fatalf("read %d of the %d records of %s: %v", len(all), want, topic, fetches.Err())
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

// applied waits until worker has applied all that its topics hold now.
func (g *guild) applied(worker string, topics ...gremio.Topic) {
	g.t.Helper()
	for _, topic := range topics {
		ends, _ := g.ends(topic)
		for part, end := range ends {
			eventually(g.t, worker+" has applied "+string(topic), func() error {
				var next int64
				err := g.db.QueryRow("SELECT next_offset FROM "+worker+"_offsets WHERE topic = ? AND part = ?", string(topic), part).Scan(&next)
				if err != nil {
					return err
				}
				if next < end {
					return errorf("partition %d: %d of %d", part, next, end)
				}
				return nil
			})
		}
	}
}

// number returns the only number that query selects.
func (g *guild) number(query string, args ...any) int64 {
	g.t.Helper()
	var n sql.NullInt64
	if err := g.db.QueryRow(query, args...).Scan(&n); err != nil {
		g.t.Fatalf("%s: %v", query, err)
	}
	return n.Int64
}

// want fails the test unless query selects n.
func (g *guild) want(n int64, query string, args ...any) {
	g.t.Helper()
	if got := g.number(query, args...); got != n {
		g.t.Errorf("%s %v: %d, want %d", query, args, got, n)
	}
}
