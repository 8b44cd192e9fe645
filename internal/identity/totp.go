package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"image/png"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"gremio"
)

// TOTP is RFC 6238 as every app knows it: SHA-1, 6 digits, 30 s. A code of the
// step before or after counts too, for clocks that differ; none counts twice.
const (
	step     = 30
	skew     = 1
	issuer   = "gremio"
	qrPixels = 256
)

// recoveryCodes is how many codes stand in for a lost phone, each once.
const recoveryCodes = 10

// useCode takes a code of the app or a recovery code, which then never counts
// again; u must be stored.
func (k *Keeper[T]) useCode(u *gremio.User, code string) error {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(code))
	secret, err := k.Master.Open(u.TOTPSecret, u.ID)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "open a second factor")
	}
	if at, ok := stepOf(code, string(secret), k.Now()); ok {
		if at <= u.TOTPLastStep {
			return errCode("was used already: wait for the next one")
		}
		u.TOTPLastStep = at
		return nil
	}
	for i, hash := range u.RecoveryCodes {
		if subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(code))) == 1 {
			u.RecoveryCodes = slices.Delete(slices.Clone(u.RecoveryCodes), i, i+1)
			return nil
		}
	}
	return errCode("is wrong: is the clock of your phone right?")
}

// stepOf returns the 30 s step that the code is of, among those that count at now.
func stepOf(code, secret string, now time.Time) (int64, bool) {
	for at := now.Unix()/step - skew; at <= now.Unix()/step+skew; at++ {
		ok, err := hotp.ValidateCustom(code, uint64(at), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok {
			return at, true
		}
	}
	return 0, false
}

// BeginTOTP makes a second factor for who, which is on once it is confirmed.
func (k *Keeper[T]) BeginTOTP(ctx context.Context, who gremio.Identity, password string, v gremio.Visit) (gremio.TOTPSetup, error) {
	if err := k.askPassword(ctx, who, password, v); err != nil {
		return gremio.TOTPSetup{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: who.Email, Period: step})
	if err != nil {
		return gremio.TOTPSetup{}, gremio.Wrap(gremio.Internal, err, "make a second factor")
	}
	picture, err := key.Image(qrPixels, qrPixels)
	if err != nil {
		return gremio.TOTPSetup{}, gremio.Wrap(gremio.Internal, err, "draw a second factor")
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return gremio.TOTPSetup{}, gremio.Wrap(gremio.Internal, err, "draw a second factor")
	}
	err = k.changeUser(ctx, who.ID, func(_ T, u *gremio.User) error {
		if u.TOTP {
			return gremio.Errorf(gremio.Conflict, "the second factor is on already: remove it first")
		}
		u.TOTPSecret, err = k.Master.Seal([]byte(key.Secret()), u.ID)
		return err
	})
	return gremio.TOTPSetup{Secret: key.Secret(), URL: key.URL(), QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())}, err
}

// ConfirmTOTP turns the second factor on with a first code, ends who's other
// sessions, and returns the recovery codes, which are shown once.
func (k *Keeper[T]) ConfirmTOTP(ctx context.Context, who gremio.Identity, code string, v gremio.Visit) ([]string, error) {
	try, err := k.guesses.begin(who.ID, v.Address, who.Session, k.Now())
	if err != nil {
		return nil, err
	}
	var codes []string
	err = k.changeUser(ctx, who.ID, func(tx T, u *gremio.User) error {
		switch {
		case u.TOTP:
			return gremio.Errorf(gremio.Conflict, "the second factor is on already")
		case len(u.TOTPSecret) == 0:
			return gremio.Errorf(gremio.Conflict, "begin to set up the second factor first")
		}
		u.RecoveryCodes = nil
		if err := k.useCode(u, code); err != nil {
			return gremio.InvalidFields([]gremio.FieldError{{Field: "code", Message: "is wrong: is the clock of your phone right?"}})
		}
		u.TOTP = true
		codes = nil
		for range recoveryCodes {
			c := newRecoveryCode()
			codes = append(codes, c)
			u.RecoveryCodes = append(u.RecoveryCodes, hashOf(strings.ReplaceAll(c, "-", "")))
		}
		if err := tx.EndSessions(ctx, who.ID, who.Session); err != nil {
			return err
		}
		return tx.AddAudit(ctx, k.entry(who, v, "account.totp_on", who.ID))
	})
	if gremio.KindOf(err) != gremio.Invalid || err == nil {
		try.right(k.Now())
	}
	return codes, err
}

// newRecoveryCode returns 80 random bits in four groups.
func newRecoveryCode() string {
	b := make([]byte, 10)
	rand.Read(b)
	s := strings.ToLower(base32.StdEncoding.EncodeToString(b))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// RemoveTOTP turns who's second factor off. It asks for both factors: a password
// alone, at an open browser, must not take the other away.
func (k *Keeper[T]) RemoveTOTP(ctx context.Context, who gremio.Identity, password, code string, v gremio.Visit) error {
	if err := k.askPassword(ctx, who, password, v); err != nil {
		return err
	}
	try, err := k.guesses.begin(who.ID, v.Address, who.Session, k.Now())
	if err != nil {
		return err
	}
	err = k.changeUser(ctx, who.ID, func(tx T, u *gremio.User) error {
		s, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		if u.Role == gremio.RoleAdmin && s.AdminTOTPRequired {
			return gremio.Errorf(gremio.Conflict, "the guild asks every admin for a second factor (setting admin_totp_required)")
		}
		if u.TOTP { // one that was never confirmed has no code yet
			if err := k.useCode(u, code); err != nil {
				return gremio.InvalidFields([]gremio.FieldError{{Field: "code", Message: "is missing, wrong or used already: the app's next one, or a recovery code"}})
			}
		}
		noTOTP(u)
		return tx.AddAudit(ctx, k.entry(who, v, "account.totp_off", who.ID))
	})
	if gremio.KindOf(err) != gremio.Invalid || err == nil {
		try.right(k.Now())
	}
	return err
}

func noTOTP(u *gremio.User) {
	u.TOTP, u.TOTPSecret, u.TOTPLastStep, u.RecoveryCodes = false, nil, 0, nil
}

// askPassword checks who's password again before something that a stranger at an
// open browser must not do.
func (k *Keeper[T]) askPassword(ctx context.Context, who gremio.Identity, password string, v gremio.Visit) error {
	try, err := k.guesses.begin(who.ID, v.Address, who.Session, k.Now())
	if err != nil {
		return err
	}
	u, found, err := k.Store.User(ctx, who.ID)
	if err == nil && !found {
		err = gremio.Errorf(gremio.NotFound, "there is no such user")
	}
	if err != nil {
		try.right(k.Now())
		return err
	}
	if len(password) > 4*gremio.MaxPassword {
		password = ""
	}
	ok, err := k.hashing.matches(ctx, password, u.PasswordHash, true)
	if err == nil && !ok {
		return gremio.InvalidFields([]gremio.FieldError{{Field: "password", Message: "is wrong"}})
	}
	try.right(k.Now())
	return err
}
