package gremio

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// An IdentityKind says what a request comes from.
type IdentityKind string

// The kinds of identity.
const (
	Stranger        IdentityKind = "stranger"
	UserIdentity    IdentityKind = "user"    // a person with a session
	CartIdentity    IdentityKind = "cart"    // a cart's phone with its token
	ProgramIdentity IdentityKind = "program" // a program with a token of some scopes
)

// An Identity is who a request comes from. The zero value is a stranger.
type Identity struct {
	Kind    IdentityKind
	ID      string // of the user or the token; what events and the audit log call the actor
	Name    string
	Email   string
	Role    Role     // of a user
	Scopes  []Action // of a program
	Plate   Plate    // of a cart, and of a vendor's
	Session string   // the session's id, of a user
	// TOTP says whether a user's second factor is on; Wanted, that it must be
	// set up before anything else is allowed.
	TOTP, TOTPWanted bool
	// Remembered says that the database is away and that this is who it was lately.
	Remembered bool
}

// Reach returns how far the identity may go in an action. Open says that take-in
// is open, for strangers.
func (i Identity) Reach(a Action, open bool) Reach {
	g := GrantOf(a)
	switch i.Kind {
	case UserIdentity:
		if i.TOTPWanted && !forAccounts(a) {
			return None
		}
		return g.To(i.Role)
	case CartIdentity:
		return g.Cart
	case ProgramIdentity:
		if g.Program == All && (slices.Contains(i.Scopes, a) || a == ActSessionRead) {
			return All
		}
		return None
	}
	if open {
		return max(g.Stranger, g.Open)
	}
	return g.Stranger
}

// forAccounts reports whether the action is one of a person's own account, which
// stays open while a second factor is to be set up.
func forAccounts(a Action) bool {
	return strings.HasPrefix(string(a), "session.") || strings.HasPrefix(string(a), "account.")
}

// Owns reports whether what bears plate is the identity's own.
func (i Identity) Owns(plate Plate) bool { return i.Plate != "" && CartOf(i.Plate) == CartOf(plate) }

// Actions returns all that the identity may do.
func (i Identity) Actions() map[Action]Reach {
	all := map[Action]Reach{}
	for _, g := range grants {
		if r := i.Reach(g.Action, false); r != None {
			all[g.Action] = r
		}
	}
	return all
}

// States of a user.
const (
	UserInvited = "invited" // has a one-time link and no password yet
	UserActive  = "active"
	UserRemoved = "removed" // signs in no more; the audit log still names the id
)

// A User is a person who may sign in.
type User struct {
	ID                  string     `json:"id"`
	Email               string     `json:"email" doc:"Empty for the first admin until the one-time link is used"`
	Name                string     `json:"name"`
	Role                Role       `json:"role" enum:"admin,office,desk,driver,vendor,reader"`
	Plate               Plate      `json:"plate,omitempty" doc:"Of a vendor's cart"`
	State               string     `json:"state" enum:"invited,active,removed"`
	TOTP                bool       `json:"totp" doc:"The second factor is on"`
	CreatedAt           time.Time  `json:"created_at"`
	LastSeenAt          *time.Time `json:"last_seen_at,omitempty"`
	InvitationExpiresAt *time.Time `json:"invitation_expires_at,omitempty" doc:"Of the newest one-time link that was not used"`

	PasswordHash  string   `json:"-"` // PHC string of argon2id, "" without a password
	TOTPSecret    Sealed   `json:"-"` // under the master key, for the user's id; also while it is not confirmed
	TOTPLastStep  int64    `json:"-"` // no code of this 30 s step or an older one counts again
	RecoveryCodes []string `json:"-"` // SHA-256 of those that were not used
}

// Validate returns every wrong field of a user that an admin or a link names.
func (u User) Validate() []FieldError {
	var c check
	if _, err := ParseEmail(u.Email); err != nil {
		c.add("email", err.Error())
	}
	c.text("name", u.Name, maxNameRunes)
	if !slices.Contains(Roles(), u.Role) {
		c.add("role", "must be admin, office, desk, driver, vendor or reader")
	}
	switch {
	case u.Role == RoleVendor && u.Plate == "":
		c.add("plate", "is missing: a vendor sees the own cart alone")
	case u.Role == RoleVendor:
		c.plate("plate", u.Plate)
	case u.Plate != "":
		c.add("plate", "is for vendors alone")
	}
	return c.fields
}

const maxNameRunes = 200

// Lengths of a password, in characters. NIST SP 800-63B asks for 8 at least and
// for no rules on which.
const (
	MinPassword = 8
	MaxPassword = 200
)

// PasswordError says what is wrong with a new password, "" if nothing is.
func PasswordError(password, email string) string {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return "is not valid UTF-8"
	case n < MinPassword:
		return "is too short: at least 8 characters, a few words are good"
	case n > MaxPassword:
		return "is longer than 200 characters"
	case strings.EqualFold(password, email):
		return "must not be the e-mail address"
	case strings.Count(password, password[:1]) == len(password):
		return "must not be one character repeated"
	}
	return ""
}

// A Session is a person's signed-in browser.
type Session struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current" doc:"The one that asks"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Address    string    `json:"address"`
	UserAgent  string    `json:"user_agent"`

	Hash string `json:"-"` // SHA-256 of the cookie
	User string `json:"-"`
}

// How long sessions and one-time links last.
const (
	SessionIdle    = 7 * 24 * time.Hour  // unused for so long, it ends
	SessionMost    = 30 * 24 * time.Hour // then a person signs in again
	InvitationLife = 7 * 24 * time.Hour
	ResetLife      = 24 * time.Hour
)

// A Token is how a program or a cart shows who it is. The token itself is shown
// once and stored as a hash.
type Token struct {
	ID         string       `json:"id"`
	Kind       IdentityKind `json:"kind" enum:"program,cart"`
	Name       string       `json:"name"`
	Plate      Plate        `json:"plate,omitempty" doc:"Of a cart"`
	Scopes     []Action     `json:"scopes,omitempty" doc:"Of a program"`
	CreatedAt  time.Time    `json:"created_at"`
	CreatedBy  string       `json:"created_by"`
	ExpiresAt  *time.Time   `json:"expires_at,omitempty"`
	LastUsedAt *time.Time   `json:"last_used_at,omitempty" doc:"To the minute"`
	RevokedAt  *time.Time   `json:"revoked_at,omitempty"`

	Hash    string `json:"-"` // SHA-256
	Version int64  `json:"-"` // of the identities when it last changed
}

// IsGood reports whether the token counts at now.
func (t Token) IsGood(now time.Time) bool {
	return t.RevokedAt == nil && (t.ExpiresAt == nil || now.Before(*t.ExpiresAt))
}

// Identity returns who shows the token.
func (t Token) Identity() Identity {
	return Identity{Kind: t.Kind, ID: t.ID, Name: t.Name, Scopes: t.Scopes, Plate: t.Plate}
}

// Purposes of a one-time link.
const (
	LinkInvitation = "invitation"
	LinkReset      = "reset"
)

// A Link lets one person set a password, once.
type Link struct {
	Hash      string // SHA-256 of its token
	User      string
	Purpose   string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// An AuditEntry says who did what, or who read what about whom. Entries are
// added and never changed; those older than the guild keeps them are deleted.
type AuditEntry struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor" doc:"Id of a user or token, terminal, or stranger"`
	ActorName string    `json:"actor_name"`
	Action    string    `json:"action"`
	About     []string  `json:"about" nullable:"false" doc:"Ids of persons, plates, days and whatever else the action was about"`
	Detail    string    `json:"detail,omitempty"`
	Address   string    `json:"address,omitempty"`
}

// EveryCart is what the live view of all carts is about.
const EveryCart = "every cart"

// An AuditFilter narrows the audit log; zero fields do not.
type AuditFilter struct {
	Actor, Action, About string
	From, To             time.Time // To itself is left out
}

// Days narrows the filter to the days from first to last in Santiago; an empty
// one does not.
func (f AuditFilter) Days(first, last Day) AuditFilter {
	midnight := Clock(0, 0)
	if first != "" {
		f.From = first.Start(midnight)
	}
	if last != "" {
		f.To = last.Next().Start(midnight)
	}
	return f
}

// A Visit is where a request comes from, and what its browser showed.
type Visit struct {
	Address   string // of the client, a trusted proxy's word for it included
	UserAgent string
	Session   string // the session cookie, "" without one
	Device    string // the device cookie, "" without one
}

// Opened is a session that was just opened: what the browser keeps.
type Opened struct {
	Who     Identity
	Session string // the session cookie
	Device  string // the device cookie
}

// A TOTPSetup is what a person needs to set up a second factor.
type TOTPSetup struct {
	Secret string // base32, to be typed
	URL    string // otpauth://
	QR     string // the URL as a picture: data:image/png;base64,...
}

// A UserChange says what to change of a user; nil leaves it.
type UserChange struct {
	Email, Name *string
	Role        *Role
	Plate       *Plate
}

// An Invitation is what a one-time link is for.
type Invitation struct {
	Email     string
	Name      string
	Role      Role
	Purpose   string
	TOTP      bool // its use wants a code of the second factor
	ExpiresAt time.Time
}

// An Acceptance is what somebody who was sent a one-time link answers.
type Acceptance struct {
	Token, Password, Email, Name, Code string
}

// A LiveView is what one watcher of the live stream may see.
type LiveView struct {
	Plate    Plate           // the only cart, "" for every cart
	Since    time.Time       // of that cart nothing before it
	Sections map[string]bool // carts, sales, alerts, ...
}
