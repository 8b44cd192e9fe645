package simulate

import (
	"context"
	"math/rand/v2"
	"time"
)

const firstTrouble = 45 * time.Second // after the opening; two carts fall silent

var sightingNotes = []string{
	"Carrito solo, sin nadie al lado", "Iba muy rápido por la ciclovía", "Lo empuja un señor que no conozco",
	"Vende más barato que el resto", "Dobló en la esquina y se perdió", "Tiene tapada la patente", "",
}

// runTroubles now and then silences a cart for some minutes and lets a passer-by
// see it meanwhile; between them a stranger is seen, on the map or on the first
// client's grid.
func (g *Guild) runTroubles(ctx context.Context) error {
	r := stream(g.cfg.Seed, forTroubles, 0)
	if err := sleep(ctx, firstTrouble); err != nil {
		return err
	}
	for victims := 2; ; victims = 1 {
		var seen *cart
		for range victims {
			seen = g.carts[r.IntN(len(g.carts))]
			seen.hush(time.Now().Add(time.Duration(120+r.IntN(150)) * time.Second))
			g.cfg.Logger.Debug("cart falls silent", "plate", seen.plan.Plate)
		}
		if err := sleep(ctx, time.Duration(75+r.IntN(30))*time.Second); err != nil {
			return err
		}
		if err := g.sight(ctx, seen.whereabouts().near(300, r), r); err != nil {
			return err
		}
		if err := sleep(ctx, time.Duration(60+r.IntN(60))*time.Second); err != nil {
			return err
		}
		if err := g.sightStranger(ctx, r); err != nil {
			return err
		}
		if err := sleep(ctx, time.Duration(60+r.IntN(60))*time.Second); err != nil {
			return err
		}
	}
}

func (g *Guild) sight(ctx context.Context, at point, r *rand.Rand) error {
	body := map[string]any{"lat": round(at.Lat, 6), "lon": round(at.Lon, 6)}
	if note := sightingNotes[r.IntN(len(sightingNotes))]; note != "" {
		body["note"] = note
	}
	return ignoreRefusal(g.send(ctx, event{kind: kindSighting, path: "/v1/sightings", id: newID(time.Now(), r), body: body}))
}

func (g *Guild) sightStranger(ctx context.Context, r *rand.Rand) error {
	if r.IntN(2) == 0 {
		return g.sight(ctx, spots[r.IntN(len(spots))].near(500, r), r)
	}
	return ignoreRefusal(g.send(ctx, event{
		kind: kindSighting, path: "/agente_extranio", id: newID(time.Now(), r),
		body: map[string]any{"Ubicacion": [2]int{r.IntN(100), r.IntN(100)}},
	}))
}
