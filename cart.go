package gremio

import "time"

// CartOf returns the id of the cart that bears plate. Tables know carts by this
// id and keep the plate beside it as it was reported: a plate that moves to
// another cart later starts a new id and splits no history.
func CartOf(p Plate) string { return "cart-" + string(p) }

// A Page asks for a part of a list. After is the cursor that the part before ended with.
type Page struct {
	Limit int
	After string
	// Since leaves out of sales, tracks and replenishments what was before it, for
	// those who may see a cart from then on alone.
	Since time.Time
}

// A Cart is a cart as whoever watches it sees it. All but the plate and the
// state may be unknown.
type Cart struct {
	Plate Plate     `json:"plate"`
	State CartState `json:"state" enum:"live,quiet,missing,off_shift"`
	Where
	Speed          *float64   `json:"speed,omitempty" doc:"Metres a second"`
	Heading        *float64   `json:"heading,omitempty" doc:"Degrees clockwise from north"`
	Accuracy       *float64   `json:"accuracy,omitempty" doc:"Metres"`
	Battery        *float64   `json:"battery,omitempty" doc:"0 to 1"`
	FixedAt        *time.Time `json:"fixed_at,omitempty" doc:"When the place was taken"`
	HeardAt        *time.Time `json:"heard_at,omitempty" doc:"When the cart's phone was last heard"`
	ShiftStartedAt *time.Time `json:"shift_started_at,omitempty"`
}

// A CartRecord is what worker positions knows of one cart. It follows from the
// cart's events and the decisions about it, whatever order the two come in.
type CartRecord struct {
	CartID         string
	Plate          Plate
	Place          *Place
	PlacedBySale   bool // and not by its phone
	FixedAt        *time.Time
	Accuracy       *float64
	Speed          *float64
	Heading        *float64
	Battery        *float64
	HeardAt        *time.Time // when its phone was last heard, by the server's clock
	State          CartState  // see Settle
	ShiftStartedAt *time.Time // the newest start, and the newest end: on shift when the start is newer
	ShiftEndedAt   *time.Time
	ShiftEndedBy   string
	PausedAt       *time.Time
	MissedAlert    string // the alert of its silence, until it is heard
	FirstNamedAt   time.Time
}

// OnShift reports whether the cart is supposed to report.
func (c *CartRecord) OnShift() bool {
	return c.ShiftStartedAt != nil && (c.ShiftEndedAt == nil || c.ShiftStartedAt.After(*c.ShiftEndedAt))
}

// StartShift notes a start at t. Until the shift's first position the cart is
// quiet, since only a position starts the watch.
func (c *CartRecord) StartShift(t time.Time) {
	if c.ShiftStartedAt == nil || t.After(*c.ShiftStartedAt) {
		c.ShiftStartedAt = &t
	}
	c.Settle()
}

// EndShift notes an end at t.
func (c *CartRecord) EndShift(t time.Time, by string) {
	if c.ShiftEndedAt == nil || t.After(*c.ShiftEndedAt) {
		c.ShiftEndedAt, c.ShiftEndedBy = &t, by
	}
	c.Settle()
}

// Pause notes that the phone's page was closed at t.
func (c *CartRecord) Pause(t time.Time) {
	if c.PausedAt == nil || t.After(*c.PausedAt) {
		c.PausedAt = &t
	}
	c.Settle()
}

// Miss notes the decision that the cart is missing. It holds for a cart on shift
// that was not heard since the decision looked.
func (c *CartRecord) Miss(m CartMissed) {
	if c.heardThisShift() && !c.HeardAt.After(m.LastHeard) {
		c.MissedAlert = m.Alert
	}
	c.Settle()
}

// Hear notes a sign of life that the server received at t. It returns the alert
// that this ends, if one does.
func (c *CartRecord) Hear(t time.Time) (ended string) {
	if c.HeardAt == nil || t.After(*c.HeardAt) {
		c.HeardAt = &t
	}
	ended, c.MissedAlert = c.MissedAlert, ""
	c.Settle()
	return ended
}

// ForgetPlace empties where the cart was last, if that was found out before until.
func (c *CartRecord) ForgetPlace(until time.Time) {
	if c.FixedAt == nil || !c.FixedAt.Before(until) {
		return
	}
	c.Place, c.FixedAt, c.PlacedBySale = nil, nil, false
	c.Accuracy, c.Speed, c.Heading = nil, nil, nil
}

func (c *CartRecord) heardThisShift() bool {
	return c.OnShift() && c.HeardAt != nil && !c.HeardAt.Before(*c.ShiftStartedAt)
}

// Settle sets State by what else is known.
func (c *CartRecord) Settle() {
	switch {
	case !c.OnShift():
		c.State = CartOffShift
	case !c.heardThisShift():
		c.State = CartQuiet
	case c.MissedAlert != "":
		c.State = CartMissing
	case c.PausedAt != nil && !c.PausedAt.Before(*c.HeardAt):
		c.State = CartQuiet
	default:
		c.State = CartLive
	}
}
