package gremio

import "time"

// What happens to a delivery once it is prepared. Acts on the whole of it lie with
// the delivery, acts on a stop with its cart.

// A DeliveryAct is what each act on a whole delivery says.
type DeliveryAct struct {
	Delivery string    `json:"delivery"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
}

func (a DeliveryAct) validate() []FieldError {
	var c check
	c.id("delivery", a.Delivery)
	c.time("at", a.At)
	return c.fields
}

// DeliveryLoaded says that the dough of a delivery is on the van.
type DeliveryLoaded struct{ DeliveryAct }

// EventType implements Data.
func (DeliveryLoaded) EventType() Type { return TypeDeliveryLoaded }

// Validate implements Data.
func (d DeliveryLoaded) Validate() []FieldError { return d.validate() }

// DeliveryLeft says that the van is on its way.
type DeliveryLeft struct{ DeliveryAct }

// EventType implements Data.
func (DeliveryLeft) EventType() Type { return TypeDeliveryLeft }

// Validate implements Data.
func (d DeliveryLeft) Validate() []FieldError { return d.validate() }

// DeliveryCancelled gives a delivery up: the carts whose stops still wait go back
// into the queue.
type DeliveryCancelled struct {
	DeliveryAct
	Reason string `json:"reason,omitempty"`
}

// EventType implements Data.
func (DeliveryCancelled) EventType() Type { return TypeDeliveryCancelled }

// Validate implements Data.
func (d DeliveryCancelled) Validate() []FieldError {
	var c check
	c.fields = d.validate()
	c.text("reason", d.Reason, MaxNoteRunes)
	return c.fields
}

// StopConfirmed says that a cart of a delivery was refilled: to its initial
// stock, or by Units when they were counted.
type StopConfirmed struct {
	Delivery    string    `json:"delivery"`
	Plate       Plate     `json:"plate"`
	Units       *int      `json:"units,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at"`
	By          string    `json:"by"`
}

// EventType implements Data.
func (StopConfirmed) EventType() Type { return TypeStopConfirmed }

// Validate implements Data.
func (s StopConfirmed) Validate() []FieldError {
	var c check
	c.plate("plate", s.Plate)
	c.id("delivery", s.Delivery)
	c.time("confirmed_at", s.ConfirmedAt)
	if s.Units != nil {
		c.between("units", *s.Units, 0, MaxUnits)
	}
	return c.fields
}

// ByFigure is who confirmed a stop when the vendor's own figure showed the refill:
// its units are that figure, not what was brought. ByTime is who did when nobody
// had for as long as the settings say.
const (
	ByFigure = "figure"
	ByTime   = "automatic"
)

// StopFailed says that a cart of a delivery could not be refilled: it goes back
// into the queue, as old as it was.
type StopFailed struct {
	Delivery string    `json:"delivery"`
	Plate    Plate     `json:"plate"`
	FailedAt time.Time `json:"failed_at"`
	Reason   string    `json:"reason,omitempty"`
	By       string    `json:"by"`
}

// EventType implements Data.
func (StopFailed) EventType() Type { return TypeStopFailed }

// Validate implements Data.
func (s StopFailed) Validate() []FieldError {
	var c check
	c.plate("plate", s.Plate)
	c.id("delivery", s.Delivery)
	c.time("failed_at", s.FailedAt)
	c.text("reason", s.Reason, MaxNoteRunes)
	return c.fields
}
