//go:build !torture

package kafka

// The timeouts of a group, for its tests.
const (
	SessionTimeout    = sessionTimeout
	HeartbeatInterval = heartbeatInterval
	RebalanceTimeout  = rebalanceTimeout
)
