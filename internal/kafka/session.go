//go:build !torture

package kafka

import "time"

// A member of a group that is not heard for sessionTimeout loses its
// partitions; one that does not let go of what it is asked for within
// rebalanceTimeout does too.
const (
	sessionTimeout    = 10 * time.Second
	heartbeatInterval = 2 * time.Second
	rebalanceTimeout  = 30 * time.Second
)
