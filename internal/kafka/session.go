//go:build !torture

package kafka

import "time"

// A member of a group that is not heard for sessionTimeout loses its
// partitions; one that does not join again within rebalanceTimeout when the group
// rebalances does too. Members join again while their batches go on, so it bounds
// no transaction.
//
// It must be shorter than a session less a heartbeat. The embedded broker times
// the session of a member that waits for others to join, and drives it out
// without an answer; the one that died and keeps them waiting must go first.
const (
	sessionTimeout    = 10 * time.Second
	heartbeatInterval = 2 * time.Second
	rebalanceTimeout  = 7 * time.Second
)
