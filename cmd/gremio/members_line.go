package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"gremio"
	"gremio/internal/sheet"
)

// The application of a line is called by what the line says, so that a list that is
// sent again counts once. The name is made with a key of this list's own: an id goes
// into logs and addresses, and a digest without a key would let anybody who guesses a
// RUT test the guess.
func (c membersImportCmd) keyFile() string { return c.File + ".import-key" }

func (c membersImportCmd) key() (gremio.Key, error) {
	text, err := os.ReadFile(c.keyFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	key, wrong := hex.DecodeString(strings.TrimSpace(string(text)))
	if err = errors.Join(err, wrong); err != nil || len(key) != gremio.KeySize {
		return nil, gremio.Errorf(gremio.Invalid, "%s is no key of an import: delete it, and who is there already is known by RUT and plate", c.keyFile())
	}
	return key, nil
}

// nameLines gives each line the id of its application. A list that was never sent has
// no key yet.
func (c membersImportCmd) nameLines(lines []importLine) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	if key == nil {
		if c.DryRun {
			return nil
		}
		if err := c.makeKey(); err != nil {
			return err
		}
		if key, err = c.key(); err != nil {
			return err
		}
	}
	for i := range lines {
		lines[i].id = lines[i].name(key)
	}
	return nil
}

// makeKey makes the list's key, once.
func (c membersImportCmd) makeKey() error {
	f, err := os.OpenFile(c.keyFile(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "make the key of this import: the list's folder must be writable")
	}
	_, err = f.WriteString(hex.EncodeToString(gremio.NewKey()) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "write the key of this import")
	}
	return nil
}

// body is the application as POST /v1/events takes it.
func (l importLine) body() map[string]any {
	body := map[string]any{"type": "application", "id": l.id, "given_name": l.GivenName, "family_name": l.FamilyName, "email": l.Email, "tier": l.Tier,
		"consent": map[string]any{"tracking": l.Consent.Tracking, "version": l.Consent.Version}}
	for name, value := range map[string]string{"rut": l.RUT, "document": l.Document, "phone": l.Phone, "plate": string(l.Plate)} {
		if value != "" {
			body[name] = value
		}
	}
	return body
}

// name returns the id of what the line says.
func (l importLine) name(key gremio.Key) string {
	l.id = ""
	text, _ := json.Marshal(l.body()) // of strings and a bool
	sum := sha256.Sum256([]byte(key.Hash("import", string(text))))
	return "import-" + hex.EncodeToString(sum[:12])
}

// writeResult writes what became of each line. It names nobody: the line does.
func writeResult(file string, lines []importLine) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "write the result (--result says where)")
	}
	defer f.Close()
	out := csv.NewWriter(f)
	out.Write([]string{"line", "outcome", "reasons", "plate", "application"})
	for _, l := range lines {
		id := l.id
		if l.outcome == lineNotSent || l.outcome == lineThere {
			id = l.there
		}
		out.Write([]string{strconv.Itoa(l.Line), l.outcome, strings.Join(append(l.reasons, said(l.Problems)...), "; "), string(l.plate), id})
	}
	out.Flush()
	if err := errors.Join(out.Error(), f.Close()); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "write the result")
	}
	return nil
}

func said(problems []sheet.LineProblem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s %s", p.Column, p.Message))
	}
	return all
}
