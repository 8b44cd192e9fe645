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

// A CartRecord is what worker positions knows of one cart.
type CartRecord struct {
	CartID         string
	Plate          Plate
	Place          *Place
	FixedAt        *time.Time
	Accuracy       *float64
	Speed          *float64
	Heading        *float64
	Battery        *float64
	HeardAt        *time.Time // when its phone was last heard, by the server's clock
	State          CartState
	ShiftStartedAt *time.Time
	ShiftEndedAt   *time.Time
	ShiftEndedBy   string
	PausedAt       *time.Time
	MissedAlert    string // the open alert while the cart is missing
	FirstNamedAt   time.Time
}
