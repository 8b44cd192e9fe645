package torture

import (
	"fmt"
	"io"
	"time"
)

// A Config says what to break, how often, and under which load.
type Config struct {
	Binary   string // gremio, built with -tags torture
	Script   string // scripts/real-parts
	Dir      string // of data and logs
	Real     int    // Kafka nodes; 0 for the embedded parts
	Seed     uint64
	Kills    map[Kind]int
	Clients  int           // vendors, and as many phones
	Rest     time.Duration // between two acts of a vendor
	Pause    time.Duration // the longest between two blows
	Session  time.Duration // of a member of a consumer group
	Freeze   time.Duration // of a stopped worker, besides the time until another has taken over
	Patience time.Duration // what would wait for ever is given up after it; it measures nothing
	Silent   time.Duration // after which a cart is missing
	Out      io.Writer     // what happens, for a person to follow
	Verbose  bool
}

// Parts names what a run with so many Kafka nodes breaks, as results do.
func Parts(real int) string {
	if real == 0 {
		return "embedded"
	}
	return fmt.Sprint("kafka-", real)
}
