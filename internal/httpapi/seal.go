package httpapi

import (
	"context"
	"time"

	"gremio"
)

// submitted returns an application on its way in. Who applies is sealed when it
// is taken.
func (a *api) submitted(id string, p gremio.Personal, e gremio.ApplicationSubmitted, digest string) intake {
	named := id != ""
	if !named {
		id = newID()
	}
	// An application that is sent again is the same person's: the key of the
	// first attempt is found, whichever api made it.
	e.Application, e.Person = id, gremio.DerivedID("person", id)
	// A digest in the clear would let anybody who guesses test the guess.
	event := gremio.Event{Subject: id, Special: e.Tier == gremio.TierPremium, Data: e, Digest: a.Master.Hash("digest", digest)[:24]}
	return intake{identified(event, id, gremio.Instant(a.Now())), named, &p}
}

// sealAll seals who applies by those of events that are applications, each under a
// new key of the person. All keys are stored at once, before the records that
// need them.
func (a *api) sealAll(ctx context.Context, events []intake, results []taken) {
	wrapped := map[string][]byte{}
	for i, in := range events {
		if d, ok := in.event.Data.(gremio.ApplicationSubmitted); ok && in.who != nil && results[i].err == nil {
			if wrapped[d.Person] == nil {
				wrapped[d.Person], results[i].err = a.Master.Seal(gremio.NewKey(), d.Person)
			}
		}
	}
	if len(wrapped) == 0 {
		return
	}
	held, err := a.storeKeys(ctx, wrapped, gremio.Instant(a.Now()))
	for i, in := range events {
		d, ok := in.event.Data.(gremio.ApplicationSubmitted)
		if !ok || in.who == nil || results[i].err != nil {
			continue
		}
		switch {
		case err != nil:
			results[i].err = err
		case held[d.Person] == nil:
			results[i].err = gremio.Errorf(gremio.Conflict, "whoever sent that application was erased: apply again under another id")
		default:
			d.Sealed, results[i].err = a.sealUnder(held[d.Person], d.Person, *in.who)
			events[i].event.Data = d
		}
	}
}

// sealUnder seals what is known of a person under the person's wrapped key.
func (a *api) sealUnder(wrapped []byte, person string, p gremio.Personal) (gremio.Sealed, error) {
	key, err := a.Master.Unwrap(wrapped, person)
	if err != nil {
		return nil, err
	}
	return key.SealPersonal(p, person)
}

// storeKeys stores persons' keys, or says soon that the database is away.
func (a *api) storeKeys(ctx context.Context, wrapped map[string][]byte, now time.Time) (map[string][]byte, error) {
	if !a.keys.isOver() {
		return nil, errResting
	}
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	held, err := a.Store.AddPersonKeys(ctx, wrapped, now)
	a.keys.note(ctx, err)
	return held, err
}
