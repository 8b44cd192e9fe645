//go:build torture

package embedded

// groupConfigs lets members have the short session timeouts of the torture.
func groupConfigs() map[string]string {
	return map[string]string{"group.min.session.timeout.ms": "500"}
}
