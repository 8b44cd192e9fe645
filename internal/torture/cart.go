package torture

// The guild's rules for dough, as the oracle counts them.
const (
	initialStock = 200
	threshold    = 20
	stopsAtMost  = 5
)

// A role says what a cart's client does, and so what is known of the cart.
type role string

const (
	dealer  role = "dealer"  // sells, counts, is refilled: its level and its replenishments are known
	hasty   role = "hasty"   // the same without waiting: what it does through two topics may be applied in any order
	first   role = "first"   // the first client's cart, with its constant Stock
	ledger  role = "ledger"  // sells on any day of the last week: its totals are known, its level is not followed
	beacon  role = "beacon"  // reports without a pause: it is never missing
	mute    role = "mute"    // falls silent once: it is missing, once
	errand  role = "errand"  // ends its shift: it is off shift
	hungry  role = "hungry"  // sells nearly everything at once, to be refilled
	nothing role = "unknown" // a probe's
)

// A cart is what the oracle knows of one.
type cart struct {
	plate string
	role  role
	known bool // somebody has applied with its plate, before it was heard of

	level      int
	lastFigure int
	live       bool // a replenishment waits or is on its way
	opened     int  // replenishments, ever
	confirmed  int  // stops confirmed by a driver

	fixes  int
	silent int  // alerts of silence that there must be
	back   bool // it was heard again after its silence
}

func newCart(plate string, r role) *cart {
	return &cart{plate: plate, role: r, level: initialStock, lastFigure: initialStock}
}

// sell takes a sale; figure is the stock that came with it, nil for none. A
// figure that has not changed is no count.
func (c *cart) sell(units int, figure *int) {
	if figure == nil || *figure == c.lastFigure {
		c.level = max(0, c.level-units)
	} else {
		c.figure(*figure)
	}
	c.ask()
}

func (c *cart) counted(units int) {
	c.figure(units)
	c.ask()
}

// figure believes what the vendor says. A figure that rises from below the
// threshold is a refill that nobody confirmed.
func (c *cart) figure(units int) {
	if c.level < threshold && units >= threshold {
		c.live = false
	}
	c.level, c.lastFigure = units, units
}

// refilled takes a driver's confirmation: full, or so many units more.
func (c *cart) refilled(units *int) {
	c.confirmed++
	c.live = false
	if units == nil {
		c.level = initialStock
	} else {
		c.level += *units
	}
	c.ask()
}

// ask opens a replenishment below the threshold unless there is one.
func (c *cart) ask() {
	if c.level < threshold && !c.live {
		c.live = true
		c.opened++
	}
}
