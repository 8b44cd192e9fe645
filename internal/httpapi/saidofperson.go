package httpapi

import (
	"context"

	"gremio"
)

// What is said of a person, reasons and the numbers of permits, is the person's
// and sealed as such: it goes with the key.

// keyOf returns a person's key, nil when it is gone.
func (a *api) keyOf(ctx context.Context, person string) (gremio.Key, error) {
	keys, err := a.Store.PersonKeys(ctx, []string{person})
	if err != nil {
		return nil, err
	}
	return a.Master.Unwrap(keys[person], person)
}

// keyToSeal returns the key under which something new is said of a person.
func (a *api) keyToSeal(ctx context.Context, person string) (gremio.Key, error) {
	key, err := a.keyOf(ctx, person)
	if err == nil && key == nil {
		err = gremio.Errorf(gremio.Conflict, "the person was erased")
	}
	return key, err
}

// sealText seals what is said of a person; "" needs no seal.
func (a *api) sealText(ctx context.Context, field, text, person string) (string, error) {
	if message := gremio.TextError(text, gremio.MaxNoteRunes); message != "" {
		return "", gremio.InvalidFields([]gremio.FieldError{{Field: field, Message: message}})
	}
	if text == "" {
		return "", nil
	}
	key, err := a.keyToSeal(ctx, person)
	if err != nil {
		return "", err
	}
	return key.SealText(text, person)
}

// sealNumber seals the number of a member's permit; "" needs no seal.
func (a *api) sealNumber(ctx context.Context, member, number string) (gremio.Sealed, error) {
	if number == "" {
		return nil, nil
	}
	m, found, err := a.Store.Member(ctx, member)
	if err != nil || !found {
		return nil, orNotFound(err, "there is no such member")
	}
	key, err := a.keyToSeal(ctx, m.Person)
	if err != nil {
		return nil, err
	}
	return key.Seal([]byte(number), m.Person)
}

// permitsOf returns a member's permits with their numbers, those of a person who
// was erased without.
func (a *api) permitsOf(ctx context.Context, m gremio.Member) ([]gremio.Permit, error) {
	all, err := a.Store.PermitsOf(ctx, m.ID)
	if err != nil || len(all) == 0 {
		return all, err
	}
	key, err := a.keyOf(ctx, m.Person)
	if err != nil {
		return all, err
	}
	for i, p := range all {
		if all[i].Number, err = numberOf(key, p.Sealed, m.Person); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// historyOf returns what happened to a member, with reasons and the numbers of permits.
func (a *api) historyOf(ctx context.Context, m gremio.Member) ([]gremio.MemberEvent, error) {
	all, err := a.Store.MemberHistory(ctx, m.ID)
	if err != nil {
		return all, err
	}
	key, err := a.keyOf(ctx, m.Person)
	if err != nil {
		return all, err
	}
	for i, e := range all {
		if all[i].Reason, err = key.OpenText(e.Reason, m.Person); err != nil {
			return nil, err
		}
		if all[i].Number, err = numberOf(key, e.Sealed, m.Person); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func numberOf(key gremio.Key, sealed gremio.Sealed, person string) (string, error) {
	if len(sealed) == 0 || key == nil {
		return "", nil
	}
	number, err := key.Open(sealed, person)
	return string(number), err
}
