package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const mostPages = 20

// enter waits for the server, signs in if there is an e-mail to sign in with,
// and takes the stock of carts that the server knows from an earlier run.
func (g *Guild) enter(ctx context.Context) error {
	if g.cfg.Email != "" {
		body, err := json.Marshal(map[string]string{"email": g.cfg.Email, "password": g.cfg.Password})
		if err != nil {
			return fmt.Errorf("simulate: sign in: %w", err)
		}
		if _, err := g.ask(ctx, http.MethodPost, "/v1/session", body); err != nil {
			return fmt.Errorf("simulate: sign in as %s: %w", g.cfg.Email, err)
		}
	}
	type level struct {
		Plate string `json:"plate"`
		Units *int   `json:"units"`
	}
	levels, err := list[level](ctx, g, "/v1/stock")
	if refused := (*refusal)(nil); err != nil && !errors.As(err, &refused) {
		return err
	}
	known := make(map[string]int, len(levels))
	for _, l := range levels {
		if l.Units != nil {
			known[l.Plate] = max(*l.Units, 0)
		}
	}
	for _, c := range g.carts {
		if units, ok := known[c.plan.Plate]; ok {
			c.stock, c.counted = units, true
		}
	}
	return nil
}

// ask repeats a request that changes nothing when repeated until the server
// answers it. Its error is a *refusal or ctx's.
func (g *Guild) ask(ctx context.Context, method, path string, body []byte) (answer, error) {
	for attempt := 0; ; attempt++ {
		a, err := g.do(ctx, method, event{path: path}, body)
		switch {
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case err == nil && a.status < 300:
			return a, nil
		case err == nil && !passing(a.status):
			return answer{}, &refusal{a.status, string(a.body)}
		}
		if attempt == 2 {
			g.cfg.Logger.Info("waiting for the server", "path", path, "status", a.status, "err", err)
		}
		if err := sleep(ctx, max(backoff(attempt), a.retryAfter)); err != nil {
			return answer{}, err
		}
	}
}

// list reads all items of a list, a page at a time.
func list[T any](ctx context.Context, g *Guild, path string) (items []T, err error) {
	query := url.Values{"limit": {"100"}}
	for range mostPages {
		a, err := g.ask(ctx, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return nil, &refusal{a.status, fmt.Sprintf("%s: %v", path, err)}
		}
		if items = append(items, page.Items...); page.Next == "" {
			break
		}
		query.Set("cursor", page.Next)
	}
	return items, nil
}

// unwelcome reports whether the server refused because of who asked.
func unwelcome(err error) bool {
	refused := (*refusal)(nil)
	return errors.As(err, &refused) && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden)
}
