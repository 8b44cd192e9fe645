package torture

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	_ "github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"
)

// tables opens gremio's database to read it.
func (h *house) tables() (*sql.DB, error) {
	if h.dsn != "" {
		return sql.Open("mysql", h.dsn)
	}
	return sql.Open("sqlite", "file:"+filepath.Join(h.data, "gremio.db")+"?_pragma=busy_timeout(10000)&_pragma=query_only(ON)")
}

// rows calls each with every row of a query.
func (h *house) rows(ctx context.Context, query string, each func(scan func(...any) error) error) error {
	db, err := h.tables()
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer found.Close()
	for found.Next() {
		if err := each(found.Scan); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return found.Err()
}

func (h *house) count(ctx context.Context, query string) (n int, err error) {
	err = h.rows(ctx, query, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}

// counts returns how often a query of one column answers each text.
func (h *house) counts(ctx context.Context, query string) (map[string]int, error) {
	all := map[string]int{}
	err := h.rows(ctx, query, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		all[text]++
		return err
	})
	return all, err
}

// unlocked reports whether somebody may write to the SQLite file within two
// seconds, which is longer than any transaction here takes.
func (h *house) unlocked(ctx context.Context) bool {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.data, "gremio.db")+"?_txlock=immediate&_pragma=busy_timeout(2000)")
	if err != nil {
		return false
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false
	}
	return tx.Rollback() == nil
}

// epochs returns the owner's epoch of each partition that a worker reads.
func (h *house) epochs(ctx context.Context, worker string) (map[string]int, error) {
	all := map[string]int{}
	err := h.rows(ctx, "SELECT topic, part, epoch FROM "+worker+"_offsets", func(scan func(...any) error) error {
		var topic string
		var part, epoch int
		err := scan(&topic, &part, &epoch)
		all[topic+"/"+strconv.Itoa(part)] = epoch
		return err
	})
	return all, err
}

// reads says which topics each worker reads.
var reads = map[string][]string{
	"members": {"nuevos-usuarios"}, "sales": {"ventas"}, "stock": {"stock", "ventas"}, "positions": {"coordenadas", "ventas"}, "alerts": {"alertas"},
}

// behind returns what is on the log and not applied, "" for nothing.
func (h *house) behind(ctx context.Context) (string, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(h.kafka...))
	if err != nil {
		return "", err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, "nuevos-usuarios", "ventas", "stock", "coordenadas", "alertas")
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return "", err
	}
	var late []string
	for _, worker := range readers {
		at := map[string]int64{}
		if err := h.rows(ctx, "SELECT topic, part, next_offset FROM "+worker+"_offsets", func(scan func(...any) error) error {
			var topic string
			var part int
			var next int64
			err := scan(&topic, &part, &next)
			at[topic+"/"+strconv.Itoa(part)] = next
			return err
		}); err != nil {
			return "", err
		}
		for _, topic := range reads[worker] {
			for _, o := range ends[topic] {
				if key := topic + "/" + strconv.Itoa(int(o.Partition)); at[key] < o.Offset {
					late = append(late, fmt.Sprintf("worker %s stands at %d of %d in %s", worker, at[key], o.Offset, key))
				}
			}
		}
	}
	n, err := h.count(ctx, "SELECT COUNT(*) FROM outbox")
	if n > 0 {
		late = append(late, fmt.Sprint(n, " events wait in the outbox"))
	}
	return strings.Join(late, "; "), err
}

// caughtUp waits until all that is on the log is applied, and all that follows from it.
func (h *house) caughtUp(ctx context.Context) error {
	var last string
	still := 0
	err := h.await(ctx, "the workers to catch up", func() bool {
		late, err := h.behind(ctx)
		if err != nil {
			late = err.Error()
		}
		if last = late; late != "" {
			still = 0
			return false
		}
		still++
		time.Sleep(300 * time.Millisecond)
		return still >= 3 // what was derived meanwhile has come through too
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, last)
	}
	return nil
}

// controller returns the number of the Kafka node that leads the quorum.
func (h *house) controller() (int, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(h.kafka...))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		return 0, err
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if p.LeaderID > 0 {
				return int(p.LeaderID), nil
			}
		}
	}
	return 0, fmt.Errorf("the quorum names no leader: %+v", resp)
}
