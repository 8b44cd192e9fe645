package gremio

import "time"

// A Pause asks every api to write nothing to the log while partitions are
// added. It counts for as long as its Beat moves, so nobody has to compare
// clocks, and one whose owner died ends by itself.
type Pause struct {
	Token string
	Beat  int64
}

const (
	// PauseBeat is how often the owner of a pause says that it counts.
	PauseBeat = time.Second
	// PauseExpiry is how long a pause counts after its last beat.
	PauseExpiry = 20 * time.Second
)
