//go:build torture

package kafka

import (
	"os"
	"time"
)

// The torture kills a member of a group every few seconds, and would wait ten
// for each with the timeout that gremio is delivered with.
var (
	sessionTimeout    = sessionFromEnvironment()
	heartbeatInterval = sessionTimeout / 5
	rebalanceTimeout  = 2 * sessionTimeout
)

func sessionFromEnvironment() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("GREMIO_SESSION_TIMEOUT")); err == nil {
		return d
	}
	return 10 * time.Second
}
