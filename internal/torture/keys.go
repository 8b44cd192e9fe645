package torture

import (
	"context"
	"strings"
)

// keys are the tokens that gremio made for this run.
type keys struct {
	program string            // reads and acts
	carts   map[string]string // by plate
}

func newKeys() *keys { return &keys{carts: map[string]string{}} }

const (
	keyedOneIn = 5 // so that each kind of vendor and walker has one among them
	keyedCarts = 3 // of a vendor, the most
)

// makeKeys makes the tokens at the terminal, as whoever runs gremio would. It is
// done before anybody talks to gremio; no key changes after that.
func (r *run) makeKeys(ctx context.Context) error {
	var err error
	if r.l.keys.program, err = r.token(ctx, "add", "torture", "--scopes", "role:admin"); err != nil {
		return err
	}
	var keyed []*cart
	for _, v := range r.l.vendors {
		if v.keyed {
			keyed = append(keyed, v.carts[:min(keyedCarts, len(v.carts))]...)
		}
	}
	for _, w := range r.l.walkers {
		if w.keyed {
			keyed = append(keyed, w.cart)
		}
	}
	for _, c := range keyed {
		if r.l.keys.carts[c.plate], err = r.token(ctx, "cart", c.plate); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) token(ctx context.Context, words ...string) (string, error) {
	said, err := r.says(ctx, append([]string{"token"}, words...)...)
	return strings.TrimSpace(said), err
}

// bearer returns the token that an event is sent with, "" for none.
func (s *sender) bearer(e *event) string {
	if !s.keyed {
		return ""
	}
	return s.keys.carts[e.plate]
}
