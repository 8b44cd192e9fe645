package gremio

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Personal is what says who a person is. It is never in a log, a metric, a
// Kafka key or a URL, and it travels and rests only sealed.
type Personal struct {
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	RUT        string `json:"rut,omitempty"`      // as it was written when it fails its check, else in the stored form
	Document   string `json:"document,omitempty"` // another document than a RUT
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

// Name returns the given and the family name.
func (p Personal) Name() string {
	if p.FamilyName == "" {
		return p.GivenName
	}
	if p.GivenName == "" {
		return p.FamilyName
	}
	return p.GivenName + " " + p.FamilyName
}

// Sealed is personal data under a person's key: AES-256-GCM, the nonce first.
// Erasing the key erases every copy, the log's included.
type Sealed []byte

// KeySize is the length of a person's key and of the master key, in bytes.
const KeySize = 32

// A Key seals one person's data, or (the master key) wraps such keys.
type Key []byte

// NewKey returns a random key.
func NewKey() Key {
	k := make(Key, KeySize)
	rand.Read(k) // never fails: crypto/rand ends the process instead
	return k
}

// Seal encrypts plain for owner. What is sealed for one owner cannot be opened as another's.
func (k Key) Seal(plain []byte, owner string) (Sealed, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	rand.Read(nonce)
	return gcm.Seal(nonce, nonce, plain, []byte(owner)), nil
}

// Open decrypts what Seal made for owner. The error is Invalid when the key,
// the owner or the data is not the one that was sealed.
func (k Key) Open(s Sealed, owner string) ([]byte, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	if len(s) < gcm.NonceSize() {
		return nil, Errorf(Invalid, "sealed data of %d bytes is too short", len(s))
	}
	plain, err := gcm.Open(nil, s[:gcm.NonceSize()], s[gcm.NonceSize():], []byte(owner))
	if err != nil {
		return nil, Wrap(Invalid, err, "open sealed data: another key or owner")
	}
	return plain, nil
}

func (k Key) gcm() (cipher.AEAD, error) {
	if len(k) != KeySize {
		return nil, Errorf(Invalid, "a key has %d bytes, this one %d", KeySize, len(k))
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, Wrap(Internal, err, "cipher")
	}
	return cipher.NewGCM(block)
}

// SealPersonal seals p for person.
func (k Key) SealPersonal(p Personal, person string) (Sealed, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, Wrap(Internal, err, "encode personal data")
	}
	return k.Seal(plain, person)
}

// OpenPersonal opens what SealPersonal sealed for person.
func (k Key) OpenPersonal(s Sealed, person string) (Personal, error) {
	plain, err := k.Open(s, person)
	if err != nil {
		return Personal{}, err
	}
	var p Personal
	if err := json.Unmarshal(plain, &p); err != nil {
		return Personal{}, Wrap(Invalid, err, "sealed personal data")
	}
	return p, nil
}

// Hash returns a keyed hash of a value that must be found again without being
// stored, such as a RUT. use keeps hashes of different fields apart.
func (k Key) Hash(use, value string) string {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(use))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Unwrap returns the person's key, which k (the master key) has wrapped, nil when
// there is none: the person was erased.
func (k Key) Unwrap(wrapped []byte, person string) (Key, error) {
	if len(wrapped) == 0 {
		return nil, nil
	}
	key, err := k.Open(wrapped, person)
	if err != nil {
		return nil, Wrap(Invalid, err, "the master key does not open the person's key")
	}
	return key, nil
}

// Unseal opens what was sealed for person with the person's key, which k (the
// master key) has wrapped.
func (k Key) Unseal(wrapped []byte, s Sealed, person string) (Personal, error) {
	key, err := k.Unwrap(wrapped, person)
	if err != nil {
		return Personal{}, err
	}
	return key.OpenPersonal(s, person)
}

// sealedMark begins a sealed text. Base64 follows.
const sealedMark = "sealed:"

// SealText seals, as a text, what is said of a person; "" needs no seal.
func (k Key) SealText(text, person string) (string, error) {
	if text == "" {
		return "", nil
	}
	s, err := k.Seal([]byte(text), person)
	return sealedMark + base64.StdEncoding.EncodeToString(s), err
}

// OpenText returns what is said of a person: opened, or as it is when it comes
// from before such texts were sealed. With the key it is gone: k may be nil.
func (k Key) OpenText(text, person string) (string, error) {
	encoded, sealed := strings.CutPrefix(text, sealedMark)
	if !sealed {
		return text, nil
	}
	if k == nil {
		return "", nil
	}
	s, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", Wrap(Invalid, err, "sealed text")
	}
	plain, err := k.Open(s, person)
	return string(plain), err
}

// sealedText checks a text of at most so many characters, or such a one sealed.
func (c *check) sealedText(field, s string, most int) {
	if encoded, sealed := strings.CutPrefix(s, sealedMark); sealed {
		const nonceAndTag = 28
		c.text(field, encoded, base64.StdEncoding.EncodedLen(most*utf8.UTFMax+nonceAndTag))
		return
	}
	c.text(field, s, most)
}
