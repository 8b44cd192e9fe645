package identity

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"gremio"
)

// lookup is how long the look for a session may take before what is remembered counts.
const lookup = 2 * time.Second

// seenEvery is how often it is noted that a session was used.
const seenEvery = time.Minute

// BySession returns who shows a session cookie, and whether it is one. While the
// database is away whoever came lately is still known.
func (k *Keeper[T]) BySession(ctx context.Context, cookie, address string) (gremio.Identity, bool, error) {
	hash := hashOf(cookie)
	now := k.now()
	bounded, cancel := context.WithTimeout(ctx, lookup)
	defer cancel()
	var who gremio.Identity
	var s gremio.Session
	var found bool
	err := errAsleep
	if time.Now().UnixNano() >= k.rests.Load() {
		who, s, found, err = k.readSession(bounded, hash, now)
		if err != nil && bounded.Err() == context.DeadlineExceeded {
			k.rests.Store(time.Now().Add(restTime).UnixNano()) // nobody else waits for it meanwhile
		}
	}
	switch {
	case err != nil:
		if remembered, ok := k.recent.get(hash, now); ok && gremio.KindOf(err) == gremio.Unavailable {
			remembered.Remembered = true
			return remembered, true, nil
		}
		return gremio.Identity{}, false, err
	case !found:
		k.recent.forget(hash)
		return gremio.Identity{}, false, nil
	}
	k.recent.put(hash, who, now)
	if now.Sub(s.LastSeenAt) >= seenEvery && k.recent.mayNote(hash, now) {
		go k.noteSeen(context.WithoutCancel(ctx), s.ID, now, address) // a database that is busy holds nobody up
	}
	return who, true, nil
}

// restTime is how long a database that did not answer in time is left alone.
const restTime = time.Second

var errAsleep = gremio.Errorf(gremio.Unavailable, "the database did not answer a moment ago")

func (k *Keeper[T]) noteSeen(ctx context.Context, session string, now time.Time, address string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := k.Store.Update(ctx, func(tx T) error { return tx.SessionSeen(ctx, session, now, address) }); err != nil {
		k.Logger.Debug("not noted that a session was used", "because", err)
	}
}

func (k *Keeper[T]) readSession(ctx context.Context, hash string, now time.Time) (gremio.Identity, gremio.Session, bool, error) {
	s, found, err := k.Store.Session(ctx, hash, now)
	if err != nil || !found {
		return gremio.Identity{}, s, false, err
	}
	u, found, err := k.Store.User(ctx, s.User)
	if err != nil || !found || u.State != gremio.UserActive {
		return gremio.Identity{}, s, false, err
	}
	settings, err := k.Store.Settings(ctx)
	if err != nil {
		return gremio.Identity{}, s, false, err
	}
	return identityOf(u, s.ID, settings), s, true, nil
}

func identityOf(u gremio.User, session string, s gremio.Settings) gremio.Identity {
	return gremio.Identity{Kind: gremio.UserIdentity, ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Plate: u.Plate, Session: session,
		TOTP: u.TOTP, TOTPWanted: u.Role == gremio.RoleAdmin && s.AdminTOTPRequired && !u.TOTP}
}

// errWrong is one answer for a wrong address and a wrong password: it does not
// tell who is a user.
var errWrong = gremio.Errorf(gremio.Unauthenticated, "the e-mail address or the password is wrong")

// errCode asks for the second factor, after a right password.
func errCode(message string) error {
	return &gremio.Error{Kind: gremio.Unauthenticated, Message: "the second factor is needed", Fields: []gremio.FieldError{{Field: "code", Message: message}}}
}

// SignIn opens a session for whoever knows the password, and the code of the
// second factor if that is on. The session that the browser showed ends.
func (k *Keeper[T]) SignIn(ctx context.Context, email, password, code string, v gremio.Visit) (gremio.Opened, error) {
	now := k.now()
	email = strings.ToLower(strings.TrimSpace(email))
	device := k.deviceOf(v.Device, email)
	try, err := k.guesses.begin(email, v.Address, device, now)
	if err != nil {
		return gremio.Opened{}, err
	}
	u, found, err := k.Store.UserByEmail(ctx, email)
	if err != nil {
		try.right(now) // nobody guessed
		return gremio.Opened{}, err
	}
	if !found || u.State != gremio.UserActive {
		u = gremio.User{}
	}
	if len(password) > 4*gremio.MaxPassword { // nobody has one so long, and hashing it would cost
		password = ""
	}
	ok, err := k.hashing.matches(ctx, password, u.PasswordHash, device != "")
	if err != nil {
		try.right(now)
		return gremio.Opened{}, err
	}
	if !ok {
		k.audit(ctx, gremio.AuditEntry{Actor: string(gremio.Stranger), Action: "session.refused", About: aboutUser(u), Address: v.Address, Detail: "wrong e-mail or password"})
		return gremio.Opened{}, errWrong
	}
	if u.TOTP && code == "" {
		try.right(now) // the password was right, and no code was guessed yet
		return gremio.Opened{}, errCode("is missing: the six digits of your app, or a recovery code")
	}
	tryCode, err := &guess{g: k.guesses}, error(nil)
	if u.TOTP {
		if tryCode, err = k.guesses.beginCode(u.ID, device, now); err != nil {
			try.right(now)
			return gremio.Opened{}, err
		}
	}
	var opened gremio.Opened
	err = k.Store.Update(ctx, func(tx T) error {
		now, found, err := tx.LockUser(ctx, u.ID)
		if err != nil {
			return err
		}
		if !found || now.State != gremio.UserActive || now.PasswordHash != u.PasswordHash {
			return errWrong // changed while the password was checked
		}
		if now.TOTP {
			if err := k.useCode(&now, code); err != nil {
				return err
			}
			if err := tx.SaveUser(ctx, now); err != nil {
				return err
			}
		}
		opened, err = k.open(ctx, tx, now, v, "session.open")
		return err
	})
	if err != nil {
		if gremio.KindOf(err) != gremio.Unauthenticated {
			try.right(now)
			tryCode.right(now)
		} else {
			k.audit(ctx, gremio.AuditEntry{Actor: string(gremio.Stranger), Action: "session.refused", About: aboutUser(u), Address: v.Address, Detail: "wrong second factor"})
		}
		return gremio.Opened{}, err
	}
	try.right(now)
	tryCode.right(now)
	return opened, nil
}

func aboutUser(u gremio.User) []string {
	if u.ID == "" {
		return nil // an address that nobody has is not kept: it may be a mistyped password
	}
	return []string{u.ID}
}

// open opens a session for u within tx, with a new secret: one that somebody
// planted before is worth nothing.
func (k *Keeper[T]) open(ctx context.Context, tx T, u gremio.User, v gremio.Visit, action string) (gremio.Opened, error) {
	now := k.now()
	settings, err := tx.Settings(ctx)
	if err != nil {
		return gremio.Opened{}, err
	}
	if err := k.endShown(ctx, tx, v.Session, now); err != nil {
		return gremio.Opened{}, err
	}
	cookie, hash := newSecret("")
	s := gremio.Session{ID: newID("session"), Hash: hash, User: u.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(gremio.SessionMost),
		Address: v.Address, UserAgent: cutText(v.UserAgent, 400)}
	if err := tx.AddSession(ctx, s); err != nil {
		return gremio.Opened{}, err
	}
	who := identityOf(u, s.ID, settings)
	if err := tx.AddAudit(ctx, gremio.AuditEntry{At: now, Actor: who.ID, ActorName: who.Name, Action: action, About: []string{u.ID}, Address: v.Address}); err != nil {
		return gremio.Opened{}, err
	}
	return gremio.Opened{Who: who, Session: cookie, Device: k.newDevice(u.Email)}, nil
}

// endShown ends the session whose cookie the browser shows, whoever's it is: the
// browser forgets it, so nobody could end it any more.
func (k *Keeper[T]) endShown(ctx context.Context, tx T, cookie string, now time.Time) error {
	if cookie == "" {
		return nil
	}
	old, found, err := k.Store.Session(ctx, hashOf(cookie), now)
	if err != nil || !found {
		return err
	}
	k.recent.forget(old.Hash)
	_, err = tx.EndSession(ctx, old.User, old.ID)
	return err
}

// SignOut ends the session of who.
func (k *Keeper[T]) SignOut(ctx context.Context, who gremio.Identity, v gremio.Visit) error {
	_, err := k.EndSession(ctx, who, who.Session, v)
	return err
}

// Sessions returns the sessions of who.
func (k *Keeper[T]) Sessions(ctx context.Context, who gremio.Identity) ([]gremio.Session, error) {
	all, err := k.Store.Sessions(ctx, who.ID, k.now())
	for i := range all {
		all[i].Current = all[i].ID == who.Session
	}
	return all, err
}

// EndSession ends one of who's sessions and reports whether there was one.
func (k *Keeper[T]) EndSession(ctx context.Context, who gremio.Identity, id string, v gremio.Visit) (found bool, err error) {
	err = k.Store.Update(ctx, func(tx T) error {
		if found, err = tx.EndSession(ctx, who.ID, id); err != nil || !found {
			return err
		}
		return tx.AddAudit(ctx, k.entry(who, v, "session.close", id))
	})
	if v.Session != "" && id == who.Session {
		k.recent.forget(hashOf(v.Session))
	}
	return found, err
}

// EndOtherSessions ends all of who's sessions but the one that asks.
func (k *Keeper[T]) EndOtherSessions(ctx context.Context, who gremio.Identity, v gremio.Visit) error {
	return k.Store.Update(ctx, func(tx T) error {
		if err := tx.EndSessions(ctx, who.ID, who.Session); err != nil {
			return err
		}
		return tx.AddAudit(ctx, k.entry(who, v, "session.close_others", who.ID))
	})
}

// A device cookie is a random name and the master key's word that this browser
// signed in to an account before. It opens nothing.
func (k *Keeper[T]) newDevice(email string) string {
	name, _ := newSecret("")
	return name + "." + k.Master.Hash("device", name+" "+strings.ToLower(email))
}

// deviceOf returns the name of the device that the cookie stands for, "" when it
// is none of account's.
func (k *Keeper[T]) deviceOf(cookie, account string) string {
	name, mac, ok := strings.Cut(cookie, ".")
	if !ok || subtle.ConstantTimeCompare([]byte(mac), []byte(k.Master.Hash("device", name+" "+account))) != 1 {
		return ""
	}
	return name
}

// cutText shortens s to most bytes of valid UTF-8.
func cutText(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}
