package gremio

import (
	"strconv"
	"time"
)

// PhonePaced is the decision that a cart's phone reports regularly and too seldom,
// every IntervalSeconds, or no longer does when that is 0. The newest counts.
type PhonePaced struct {
	Plate           Plate     `json:"plate"`
	IntervalSeconds int       `json:"interval_seconds"`
	DecidedAt       time.Time `json:"decided_at"`
	SettingsVersion int64     `json:"settings_version"`
	Alert           string    `json:"alert"`
}

// EventType implements Data.
func (PhonePaced) EventType() Type { return TypePhonePaced }

// Validate implements Data.
func (p PhonePaced) Validate() []FieldError {
	var c check
	c.plate("plate", p.Plate)
	c.time("decided_at", p.DecidedAt)
	c.id("alert", p.Alert)
	if p.IntervalSeconds < 0 {
		c.add("interval_seconds", "must be 0 or more")
	}
	return c.fields
}

// What makes a pace: longer gaps are no setting of an app's, and a phone is at
// its old pace again once it was for paceHeld without a gap.
const (
	longestPace = 30 * time.Minute
	PaceHeld    = 2 * time.Hour
)

// SilenceLimit returns for how long a cart may be silent whose phone reports every
// pace: 2.5 times that, so that one request that is late or lost calls it missing
// no more than it does the others. A pace of 0 is the guild's own.
func SilenceLimit(setting, pace time.Duration) time.Duration {
	return max(setting, pace*5/2)
}

// SlowPace returns at which pace a phone reports whose last three signs of life
// came with these gaps between them, 0 when it is none: both are past the limit
// and, as only a timer's are, alike.
func SlowPace(first, second, limit time.Duration) time.Duration {
	longer := max(first, second)
	tolerance := max(longer/10, 5*time.Second)
	if min(first, second) < limit || longer > longestPace || (first-second).Abs() > tolerance {
		return 0
	}
	return longer.Round(time.Second)
}

// SlowPhoneAlert returns the event that raises the alert that p tells of: one a
// day and cart, however often the phone is set right and wrong.
func SlowPhoneAlert(source string, p PhonePaced) Event {
	limit := int(SilenceLimit(0, time.Duration(p.IntervalSeconds)*time.Second).Seconds())
	return NewAlert(source, AlertRaised{
		Alert: p.Alert, Kind: AlertSlowPhone, Severity: SeverityWarning, Plate: &p.Plate, RaisedAt: p.DecidedAt,
		Cause: "the phone of cart " + string(p.Plate) + " reports every " + strconv.Itoa(p.IntervalSeconds) + " s: set the app's interval and heartbeat to " +
			strconv.Itoa(PhoneIntervalSeconds) + " s, its distance to 0 and its stop detection off; until then the cart is missing only after " + strconv.Itoa(limit) + " s",
	})
}

// SlowPhoneAlertID returns the id of the alert of a slow phone, found out at t.
func SlowPhoneAlertID(p Plate, t time.Time) string {
	return AlertID(AlertSlowPhone, CartOf(p)+" "+string(DayOf(t, Clock(0, 0))))
}
