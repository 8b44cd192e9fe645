package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// LimitTopic is where the limit of the log is measured.
const LimitTopic = "gremio-bench"

// OnLoopback refuses an address of another machine: nobody else's log or
// database gets this load.
func OnLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return gremio.Errorf(gremio.Invalid, "bench loads only what listens on loopback, and %q is not: run it on the machine of the log and the database", addr)
}

// A Client is an ordinary Kafka client.
type Client = kgo.Client

// Connect returns a client set as gremio's own producer is, but for the choice
// of a partition.
func Connect(seeds []string) (*Client, error) {
	return kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DisableClientMetrics())
}

// OwnTopics refuses brokers that have any of gremio's topics, and makes the
// limit's. remove deletes that and those that the run makes.
func OwnTopics(ctx context.Context, client *kgo.Client, partitions int) (remove func(), err error) {
	admin := kadm.NewClient(client)
	names := []string{LimitTopic}
	for _, topic := range gremio.Topics() {
		names = append(names, string(topic))
	}
	have, err := admin.ListTopics(ctx)
	if err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "list the topics")
	}
	for _, name := range names {
		if have.Has(name) {
			return nil, gremio.Errorf(gremio.Conflict, "these brokers have a topic %s already: bench works on brokers that hold nothing of a guild's", name)
		}
	}
	if _, err := admin.CreateTopic(ctx, int32(partitions), -1, nil, LimitTopic); err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "make the topic %s", LimitTopic)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		admin.DeleteTopics(ctx, names...)
	}, nil
}

// OwnDatabase makes a database beside the one that dsn names and returns its
// DSN. remove drops it.
func OwnDatabase(ctx context.Context, dsn string) (own string, remove func(), err error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", nil, gremio.Wrap(gremio.Invalid, err, "database DSN (bench takes MariaDB's, or none for SQLite)")
	}
	if cfg.Net != "unix" {
		if err := OnLoopback(cfg.Addr); err != nil {
			return "", nil, err
		}
	}
	name := "gremio_bench_" + strings.ToLower(rand.Text()[:10])
	db, err := sql.Open("mysql", dsn)
	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
	}
	if err != nil {
		return "", nil, gremio.Wrap(gremio.Unavailable, err, "make the database %s", name)
	}
	cfg.DBName = name
	return cfg.FormatDSN(), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		db.ExecContext(ctx, "DROP DATABASE "+name)
		db.Close()
	}, nil
}
