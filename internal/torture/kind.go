// Package torture breaks a running gremio in every way that it is meant to
// survive, under load, and then compares what it holds with an account of its
// own. It knows gremio by its HTTP API, its processes and its tables, and takes
// no figure from gremio's code: an oracle that computed with the code under test
// would share its mistakes.
package torture

// A Kind is a way to break gremio.
type Kind string

// The kinds of kill. Those of a worker are followed by its name.
const (
	API         Kind = "api"         // one of two apis, killed
	Worker      Kind = "worker"      // a worker, killed at any moment: worker-sales
	Transaction Kind = "transaction" // a worker, killed inside a transaction
	Committed   Kind = "committed"   // a worker, killed between the database's commit and the offsets' commit to Kafka
	Published   Kind = "published"   // a worker, killed between publishing its outbox and deleting it
	Copy        Kind = "copy"        // a second copy of a worker joins; one of the two is killed
	ZombieBatch Kind = "zombie-batch"
	ZombieTick  Kind = "zombie-tick"
	Frozen      Kind = "frozen" // a worker, stopped at any moment past its session's timeout while another takes over
	Broker      Kind = "broker"
	Controller  Kind = "controller" // of three Kafka nodes the one that leads
	Database    Kind = "mariadb"
	Disk        Kind = "disk" // the disk of the embedded parts is full for some seconds
	Up          Kind = "up"   // everything in one process, killed
)

// workers are all there are, and readers those that read topics.
var (
	readers = []string{"members", "sales", "stock", "positions", "alerts"}
	workers = append(append([]string{}, readers...), "report")
)

// Kinds returns the kinds that can be tried on the given parts.
func Kinds(real int, mayMount bool) []Kind {
	kinds := []Kind{API}
	for _, w := range workers {
		kinds = append(kinds, Worker+"-"+Kind(w))
	}
	kinds = append(kinds, Transaction, Committed, Published, Copy, Frozen, ZombieBatch, ZombieTick, Broker)
	if real == 3 {
		kinds = append(kinds, Controller)
	}
	if real > 0 {
		kinds = append(kinds, Database)
	} else if mayMount {
		kinds = append(kinds, Disk)
	}
	return append(kinds, Up)
}

// A Blow is one planned kill.
type Blow struct {
	Kind   Kind
	Worker string  // whom it hits, where the kind leaves that open
	Chance float64 // 0 to 1, decides what else is open
	Pause  float64 // 0 to 1, how long to wait before it
}

// hits reports whether the blow is on a worker.
func (b Blow) hits(worker string) bool {
	if k := Worker + "-"; len(b.Kind) > len(k) && b.Kind[:len(k)] == k {
		return b.Kind == k+Kind(worker)
	}
	switch b.Kind {
	case Transaction, Committed, Published, Copy, Frozen, ZombieBatch:
		return b.Worker == worker
	}
	return false
}
