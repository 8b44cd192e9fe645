package gremio

import (
	"bytes"
	"encoding/json"
	"net/url"
	"time"
)

// Settings are the guild's own limits, hours and thresholds. They are kept in
// versions, and a decision names the version that it followed.
type Settings struct {
	Version int64 `json:"version"` // 0: the defaults, nobody has changed anything

	InitialStock   int `json:"initial_stock"`   // dough units on a full cart
	StockThreshold int `json:"stock_threshold"` // fewer units open a replenishment
	StockTolerance int `json:"stock_tolerance"` // units by which a figure may miss what was expected

	DeliveryWaitSeconds int   `json:"delivery_wait_seconds"` // after which fewer than five carts get a delivery
	Depot               Point `json:"depot"`                 // where deliveries start

	SilentAfterSeconds int       `json:"silent_after_seconds"` // on shift and not heard for so long: missing
	OpensAt            ClockTime `json:"opens_at"`             // no shift starts outside opening hours
	ClosesAt           ClockTime `json:"closes_at"`            // equal to opens_at: open all day
	Box                Box       `json:"box"`                  // where a pair of coordinates is a place

	DayStartsAt ClockTime `json:"day_starts_at"` // when a day of the guild's calendar begins
	DayClosesAt ClockTime `json:"day_closes_at"` // when the day before is closed

	Membership  string `json:"membership"`    // "automatic" or "review"
	MapStyleURL string `json:"map_style_url"` // empty: the browser never leaves the server

	AdminTOTPRequired bool `json:"admin_totp_required"` // an admin without a second factor can do nothing but set one up
	AuditDays         int  `json:"audit_days"`          // how long the audit log is kept
}

// How applications that pass all checks are decided.
const (
	MembershipAutomatic = "automatic"
	MembershipReview    = "review"
)

// DefaultSettings returns the settings of a guild that has changed none.
func DefaultSettings() Settings {
	return Settings{
		InitialStock: 200, StockThreshold: 20, StockTolerance: 10,
		DeliveryWaitSeconds: 2 * 60 * 60,
		Depot:               Point{Lat: -33.4489, Lon: -70.6693}, // Santiago's centre
		SilentAfterSeconds:  60,
		OpensAt:             Clock(5, 0), ClosesAt: Clock(2, 0),
		Box:         ChileBox,
		DayStartsAt: Clock(0, 0), DayClosesAt: Clock(3, 0),
		Membership: MembershipAutomatic,
		AuditDays:  2 * 365,
	}
}

// SettingsHistory are versions of the settings, the oldest first, with when
// each began to hold.
type SettingsHistory []SettingsVersion

// A SettingsVersion is the settings from Since on.
type SettingsVersion struct {
	Since time.Time
	Settings
}

// At returns the settings that held at t. What follows from an event goes by
// those of its receipt, so it is the same whenever it is applied, and again when
// a worker's tables are made anew. The oldest version holds for all before it.
func (h SettingsHistory) At(t time.Time) Settings {
	for i := len(h) - 1; i > 0; i-- {
		if !h[i].Since.After(t) {
			return h[i].Settings
		}
	}
	if len(h) == 0 {
		return DefaultSettings()
	}
	return h[0].Settings
}

// Hours returns the guild's opening hours.
func (s Settings) Hours() OpeningHours { return OpeningHours{Opens: s.OpensAt, Closes: s.ClosesAt} }

// Validate returns every wrong field.
func (s Settings) Validate() []FieldError {
	var c check
	c.between("initial_stock", s.InitialStock, 1, MaxUnits)
	c.between("stock_threshold", s.StockThreshold, 0, MaxUnits)
	if s.StockThreshold > s.InitialStock {
		c.add("stock_threshold", "must not exceed initial_stock: every refill would ask for the next")
	}
	c.between("stock_tolerance", s.StockTolerance, 0, MaxUnits)
	c.between("delivery_wait_seconds", s.DeliveryWaitSeconds, 0, 7*24*60*60)
	if !s.Depot.Valid() {
		c.add("depot", "lat must be -90 to 90 and lon -180 to 180")
	}
	c.between("silent_after_seconds", s.SilentAfterSeconds, 1, 24*60*60)
	if !s.Box.Valid() {
		c.add("box", "min_lat must be below max_lat and min_lon below max_lon, all on the earth")
	}
	if s.Membership != MembershipAutomatic && s.Membership != MembershipReview {
		c.add("membership", "must be automatic or review")
	}
	c.between("audit_days", s.AuditDays, 30, 10*366)
	if u, err := url.Parse(s.MapStyleURL); s.MapStyleURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		c.add("map_style_url", "must be an http or https URL, or empty")
	} else {
		c.text("map_style_url", s.MapStyleURL, MaxNoteRunes)
	}
	return c.fields
}

// Change applies changes by name, as the API writes settings. A value is JSON,
// or plain text where that is no JSON. The error is Invalid and names every
// setting that is wrong.
func (s *Settings) Change(changes map[string]string) error {
	values := map[string]any{}
	if _, ok := changes["version"]; ok {
		return InvalidFields([]FieldError{{"version", "is counted by gremio"}})
	}
	for name, value := range changes {
		values[name] = json.RawMessage(value)
		if !json.Valid([]byte(value)) {
			values[name] = value
		}
	}
	return InvalidFields(s.ChangeJSON(values))
}

// ChangeJSON applies changes by name, whose values are as JSON has them. It
// returns every wrong setting; then s is of no use.
func (s *Settings) ChangeJSON(changes map[string]any) []FieldError {
	var c check
	for name, value := range changes {
		if name == "version" {
			continue // whoever sends back what was read has it in; gremio counts it
		}
		body, err := json.Marshal(map[string]any{name: value})
		if err != nil {
			c.add(name, err.Error())
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.DisallowUnknownFields()
		if err := dec.Decode(s); err != nil {
			c.add(name, err.Error())
		}
	}
	return append(c.fields, s.Validate()...)
}
