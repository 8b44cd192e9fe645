package gremio

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Settings are the guild's own limits, hours and thresholds. They are kept in
// versions, and a decision names the version that it followed.
type Settings struct {
	Version int64 `json:"version"` // 0: the defaults, nobody has changed anything

	InitialStock   int `json:"initial_stock"`   // dough units on a full cart
	StockThreshold int `json:"stock_threshold"` // fewer units open a replenishment
	StockTolerance int `json:"stock_tolerance"` // units by which a figure may miss what was expected

	DeliveryWaitSeconds int     `json:"delivery_wait_seconds"`   // after which fewer than five carts get a delivery
	Depot               Point   `json:"depot"`                   // where deliveries start
	Depots              []Depot `json:"depots" nullable:"false"` // the guild's, when it has several: each cart is served from the nearest
	DepotSpeedKMH       int     `json:"depot_speed_kmh"`         // of a delivery on its way, by which its stops are expected
	StopMinutes         int     `json:"stop_minutes"`            // that a delivery stays at each cart
	AutoConfirmSeconds  int     `json:"auto_confirm_seconds"`    // after leaving, or else being prepared, stops that nobody confirmed are; 0: never

	SilentAfterSeconds int       `json:"silent_after_seconds"` // on shift and not heard for so long: missing
	OpensAt            ClockTime `json:"opens_at"`             // no shift starts outside opening hours
	ClosesAt           ClockTime `json:"closes_at"`            // equal to opens_at: open all day
	Box                Box       `json:"box"`                  // where a pair of coordinates is a place

	DayStartsAt ClockTime `json:"day_starts_at"` // when a day of the guild's calendar begins
	DayClosesAt ClockTime `json:"day_closes_at"` // when the day before is closed

	Price              int    `json:"price"`                // whole pesos of a unit; 0: not used. A sale with an amount has its own
	ClientNames        string `json:"client_names"`         // of sales: "keep", "hash" or "drop"
	SalesRetentionDays int    `json:"sales_retention_days"` // single sales of earlier days are deleted, their totals stay; 0: none is

	Membership     string   `json:"membership"`                   // "automatic" or "review"
	ConfirmContact string   `json:"confirm_contact"`              // what is confirmed before an application is approved: "none", "email" or "phone"
	Antecedents    []string `json:"antecedents" nullable:"false"` // documents and checks that the office ticks before
	PremiumFee     int      `json:"premium_fee"`                  // whole pesos, 0: none; until it is paid a premium application takes its turn with the basic ones

	PermitAlertDays int `json:"permit_alert_days"` // before a permit expires the desk is told; 0: it is not

	MapStyleURL string `json:"map_style_url"` // empty: the browser never leaves the server

	AdminTOTPRequired bool `json:"admin_totp_required"` // an admin without a second factor can do nothing but set one up
	AuditDays         int  `json:"audit_days"`          // how long the audit log is kept
}

// How applications that pass all checks are decided.
const (
	MembershipAutomatic = "automatic"
	MembershipReview    = "review"
)

// What is confirmed before an application is approved.
const (
	ConfirmNone  = "none"
	ConfirmEmail = "email"
	ConfirmPhone = "phone"
)

// What is kept of a client's name: the name, a keyed hash by which the same client
// is known again, or nothing.
const (
	ClientNamesKeep = "keep"
	ClientNamesHash = "hash"
	ClientNamesDrop = "drop"
)

// ClientKept returns what is kept of a client's name. master keys the hash.
func (s Settings) ClientKept(client string, master Key) string {
	switch folded := Fold(client); {
	case s.ClientNames == ClientNamesDrop:
		return ""
	case s.ClientNames == ClientNamesHash && folded != "":
		return "cliente " + master.Hash("client", folded)[:10]
	}
	return client
}

// MaxAntecedents is how many the settings may name, MaxFee the highest fee, MaxPrice
// the highest price of a unit.
const (
	MaxAntecedents = 20
	MaxFee         = 1_000_000_000
	MaxPrice       = 10_000
)

// DefaultSettings returns the settings of a guild that has changed none.
func DefaultSettings() Settings {
	return Settings{
		InitialStock: 200, StockThreshold: 20, StockTolerance: 10,
		DeliveryWaitSeconds: 2 * 60 * 60,
		Depot:               Point{Lat: -33.4489, Lon: -70.6693}, // Santiago's centre
		Depots:              []Depot{}, DepotSpeedKMH: 20, StopMinutes: 5,
		SilentAfterSeconds: 60,
		OpensAt:            Clock(5, 0), ClosesAt: Clock(2, 0),
		Box:         ChileBox,
		DayStartsAt: Clock(0, 0), DayClosesAt: Clock(3, 0),
		ClientNames: ClientNamesKeep,
		Membership:  MembershipAutomatic, ConfirmContact: ConfirmNone, Antecedents: []string{},
		PermitAlertDays: 30,
		AuditDays:       2 * 365,
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
	c.depots("depots", s.Depots)
	c.between("depot_speed_kmh", s.DepotSpeedKMH, 1, 150)
	c.between("stop_minutes", s.StopMinutes, 0, 120)
	c.between("auto_confirm_seconds", s.AutoConfirmSeconds, 0, 7*24*60*60)
	c.between("silent_after_seconds", s.SilentAfterSeconds, 1, 24*60*60)
	if !s.Box.Valid() {
		c.add("box", "min_lat must be below max_lat and min_lon below max_lon, all on the earth")
	}
	if s.SalesRetentionDays != 0 {
		c.between("sales_retention_days", s.SalesRetentionDays, LeastSalesRetentionDays, 10*366)
	}
	if s.Membership != MembershipAutomatic && s.Membership != MembershipReview {
		c.add("membership", "must be automatic or review")
	}
	if s.ConfirmContact != ConfirmNone && s.ConfirmContact != ConfirmEmail && s.ConfirmContact != ConfirmPhone {
		c.add("confirm_contact", "must be none, email or phone")
	}
	if message := antecedentsError(s.Antecedents); message != "" {
		c.add("antecedents", message)
	}
	c.between("price", s.Price, 0, MaxPrice)
	if s.ClientNames != ClientNamesKeep && s.ClientNames != ClientNamesHash && s.ClientNames != ClientNamesDrop {
		c.add("client_names", "must be keep, hash or drop")
	}
	c.between("premium_fee", s.PremiumFee, 0, MaxFee)
	c.between("permit_alert_days", s.PermitAlertDays, 0, 366)
	c.between("audit_days", s.AuditDays, 30, 10*366)
	if u, err := url.Parse(s.MapStyleURL); s.MapStyleURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		c.add("map_style_url", "must be an http or https URL, or empty")
	} else {
		c.text("map_style_url", s.MapStyleURL, MaxNoteRunes)
	}
	return c.fields
}

// antecedentsError says what is wrong with the names of antecedents, "" when nothing is.
func antecedentsError(names []string) string {
	if len(names) > MaxAntecedents {
		return "are at most " + itoa(MaxAntecedents)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if strings.TrimSpace(name) == "" || strings.TrimSpace(name) != name {
			return "have names, without spaces around them"
		}
		if message := TextError(name, 100); message != "" {
			return message
		}
		if seen[Fold(name)] {
			return "must not name the same twice"
		}
		seen[Fold(name)] = true
	}
	return ""
}

// Equal reports whether two versions say the same.
func (s Settings) Equal(other Settings) bool { return reflect.DeepEqual(s, other) }

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
	s.Antecedents, s.Depots = slices.Clone(s.Antecedents), slices.Clone(s.Depots) // decoding writes into what is there, which another version may share
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
	if s.Antecedents == nil {
		s.Antecedents = []string{}
	}
	if s.Depots == nil {
		s.Depots = []Depot{}
	}
	return append(c.fields, s.Validate()...)
}
