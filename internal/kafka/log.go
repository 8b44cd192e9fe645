// Package kafka is the guild's log: a producer that answers only for what the
// broker keeps, consumer groups whose offsets live in the database, and the
// administration of the topics. It speaks the Kafka protocol to Apache Kafka and
// to the embedded broker alike.
package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"golang.org/x/sync/singleflight"

	"gremio"
)

// A Config says how to reach the brokers.
type Config struct {
	Seeds []string // host:port
	// TLS: with CAFile the brokers' certificates are checked against it, else
	// against the system's.
	TLS    bool
	CAFile string
	// SASL is "", "plain", "scram-sha-256" or "scram-sha-512".
	SASL     string
	User     string
	Password string
	// Dial replaces the network, for tests in virtual time.
	Dial func(ctx context.Context, network, host string) (net.Conn, error)
}

// A Log is a connection to the topics.
type Log struct {
	cfg    Config
	logger *slog.Logger
	client *kgo.Client
	admin  *kadm.Client
	carts  health // of writes to coordenadas

	mu       sync.Mutex
	counts   counts
	topicIDs map[gremio.Topic]string
	asking   singleflight.Group
}

// What waits for the log is bounded; beyond that take-in is refused at once.
const (
	maxBufferedRecords = 25_000 // two of the largest requests and a little
	maxBufferedBytes   = 64 << 20
	deliveryTimeout    = 10 * time.Second
)

// Open prepares a connection. It does not wait for a broker that is away.
func Open(cfg Config, logger *slog.Logger) (*Log, error) {
	l := &Log{cfg: cfg, logger: logger, topicIDs: map[gremio.Topic]string{}}
	opts, err := cfg.options()
	if err != nil {
		return nil, err
	}
	opts = append(opts,
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(time.Millisecond),
		kgo.MaxBufferedRecords(maxBufferedRecords),
		kgo.MaxBufferedBytes(maxBufferedBytes),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if l.client, err = kgo.NewClient(opts...); err != nil {
		return nil, gremio.Wrap(gremio.Invalid, err, "kafka configuration")
	}
	l.admin = kadm.NewClient(l.client)
	l.admin.SetTimeoutMillis(10_000)
	return l, nil
}

// Close waits a little for what is being written and closes the connection.
func (l *Log) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	l.client.Flush(ctx)
	l.client.Close()
}

func (c Config) options() ([]kgo.Opt, error) {
	if len(c.Seeds) == 0 {
		return nil, gremio.Errorf(gremio.Invalid, "no Kafka broker is named")
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Seeds...),
		kgo.ClientID("gremio"),
		kgo.MetadataMaxAge(30 * time.Second),
		kgo.MetadataMinAge(250 * time.Millisecond),
		kgo.RetryBackoffFn(func(n int) time.Duration { return min(time.Duration(n)*100*time.Millisecond, time.Second) }),
		kgo.DialTimeout(3 * time.Second),
		kgo.DisableClientMetrics(),
	}
	if c.Dial != nil {
		opts = append(opts, kgo.Dialer(c.Dial))
	}
	if c.TLS || c.CAFile != "" {
		t := &tls.Config{MinVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			pem, err := os.ReadFile(c.CAFile)
			if err != nil {
				return nil, gremio.Wrap(gremio.Invalid, err, "kafka CA file")
			}
			t.RootCAs = x509.NewCertPool()
			if !t.RootCAs.AppendCertsFromPEM(pem) {
				return nil, gremio.Errorf(gremio.Invalid, "kafka CA file %s holds no certificate in PEM", c.CAFile)
			}
		}
		opts = append(opts, kgo.DialTLSConfig(t))
	}
	switch c.SASL {
	case "":
	case "plain":
		opts = append(opts, kgo.SASL(plain.Auth{User: c.User, Pass: c.Password}.AsMechanism()))
	case "scram-sha-256":
		opts = append(opts, kgo.SASL(scram.Auth{User: c.User, Pass: c.Password}.AsSha256Mechanism()))
	case "scram-sha-512":
		opts = append(opts, kgo.SASL(scram.Auth{User: c.User, Pass: c.Password}.AsSha512Mechanism()))
	default:
		return nil, gremio.Errorf(gremio.Invalid, "kafka SASL mechanism %q: want plain, scram-sha-256 or scram-sha-512", c.SASL)
	}
	return opts, nil
}

// Ping reports whether a broker answers.
func (l *Log) Ping(ctx context.Context) error { return problem(l.client.Ping(ctx), "reach Kafka") }

// Ready reports whether a broker answers and has every topic, so that Append
// can work.
func (l *Log) Ready(ctx context.Context) error {
	if err := l.Ping(ctx); err != nil {
		return err
	}
	for _, topic := range gremio.Topics() {
		if _, err := l.partitionCount(ctx, topic); err != nil {
			return err
		}
	}
	return nil
}

// problem says what a failure of the log means. What passes by itself is Unavailable.
func problem(err error, what string) error {
	if err == nil {
		return nil
	}
	var own *gremio.Error
	if errors.As(err, &own) {
		return err
	}
	kind := gremio.Unavailable
	var ke *kerr.Error
	if errors.As(err, &ke) && !ke.Retriable {
		switch ke {
		case kerr.MessageTooLarge, kerr.InvalidRecord:
			kind = gremio.Invalid // InvalidTimestamp is a clock's fault and passes with it
		case kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed, kerr.SaslAuthenticationFailed:
			kind = gremio.Forbidden
		}
	}
	return gremio.Wrap(kind, err, "%s", what)
}
