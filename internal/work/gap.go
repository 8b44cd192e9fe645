package work

import "gremio"

// A gap is what lies between where a partition stands and the first record
// that came.
type gap struct{ next, first int64 }

// whole refuses records that do not begin where p stands: what lies between may
// be on its way still, fetched before the partition was lost and taken again.
// Reading again from the database's offset brings it. A gap that is there again
// then is the log's own, such as the mark that ends somebody's transaction.
func (l *Loop[T]) whole(p *partition, records []gremio.Record) error {
	r := records[0]
	if r.Offset == p.offset.Next || l.replay {
		return nil
	}
	seen := gap{p.offset.Next, r.Offset}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := partKey{r.Topic, r.Partition}
	if l.gaps[key] == seen {
		return nil
	}
	l.gaps[key] = seen
	return gremio.Errorf(gremio.Fenced, "%s/%d stands at %d, but what came begins at %d: it is read again", r.Topic, r.Partition, p.offset.Next, r.Offset)
}
