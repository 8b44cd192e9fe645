package httpapi

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type settingsStore interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	ChangeSettings(ctx context.Context, by string, now time.Time, change func(*gremio.Settings) error) (gremio.Settings, error)
}

// settingsCache holds the settings that take-in needs, so that it works while
// the database is away: then the last known ones count, or the defaults.
type settingsCache struct {
	store settingsStore

	mu      sync.Mutex
	last    gremio.Settings
	known   bool
	askedAt time.Time
}

const settingsFresh = 2 * time.Second

func (c *settingsCache) get(ctx context.Context) gremio.Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.last = gremio.DefaultSettings()
	}
	if time.Since(c.askedAt) < settingsFresh {
		return c.last
	}
	c.askedAt = time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
	defer cancel()
	if s, err := c.store.Settings(ctx); err == nil {
		c.last, c.known = s, true
	}
	return c.last
}

func (c *settingsCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.askedAt = time.Time{}
}

func (a *api) settingsRoutes() {
	type none struct{}
	register(a, op(gremio.ActSettingsRead, http.MethodGet, "/v1/settings", "read-settings", "The guild's settings"),
		func(ctx context.Context, _ *none) (*itemOutput[gremio.Settings], error) {
			s, err := a.Store.Settings(ctx)
			return itemOf(s, true, err, "")
		})

	registry := a.huma.OpenAPI().Components.Schemas
	partial := partialSchema(registry)
	type changeInput struct {
		RawBody []byte `contentType:"application/json"`
	}
	register(a, op(gremio.ActSettingsChange, http.MethodPut, "/v1/settings", "change-settings", "Change settings",
		describe("Settings that the body does not name stay as they are. The answer is the new version."), acts,
		rawBody(map[string]*huma.Schema{"application/json": partial})),
		func(ctx context.Context, in *changeInput) (*itemOutput[gremio.Settings], error) {
			wanted, err := readObject(in.RawBody)
			if err != nil {
				return nil, err
			}
			var res huma.ValidateResult
			huma.Validate(registry, partial, huma.NewPathBuffer([]byte("body"), 4), huma.ModeWriteToServer, wanted, &res)
			named := namedBy(res.Errors)
			for name := range named {
				delete(wanted, name)
			}
			s, err := a.Store.ChangeSettings(ctx, actor(ctx), gremio.Instant(a.Now()), func(s *gremio.Settings) error {
				wrong := s.ChangeJSON(wanted)
				if len(res.Errors) == 0 && len(wrong) == 0 {
					return nil
				}
				all := res.Errors
				for _, w := range wrong {
					if !named[topField(w.Field)] {
						all = append(all, details("body", []gremio.FieldError{w})...)
					}
				}
				return huma.Error422UnprocessableEntity("validation failed", all...)
			})
			a.settings.forget()
			if err == nil {
				a.noteAct(ctx, gremio.ActSettingsChange, "version "+strconv.FormatInt(s.Version, 10), slices.Sorted(maps.Keys(wanted))...)
			}
			return itemOf(s, true, err, "")
		})
}

// partialSchema is the schema of settings of which none must be named.
func partialSchema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, typeOf[gremio.Settings]())
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	p := *s
	p.Required = nil
	p.Properties = maps.Clone(s.Properties)
	p.PrecomputeMessages()
	return &p
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
