//go:build !torture

package embedded

// groupConfigs are the group coordinator's settings besides kfake's defaults: none.
func groupConfigs() map[string]string { return nil }
