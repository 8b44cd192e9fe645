package notify

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"

	"gremio"
)

// An address is a URL of shoutrrr. It is secret as a whole: some services have
// their token in the host, others in the path, the query or the password.
type address struct {
	scheme string // of the service: "generic", "telegram"
	url    *url.URL
}

// Check says what is wrong with the URLs, without repeating them and without
// reaching for anybody.
func Check(urls []string, mail string) error {
	for i, raw := range urls {
		if _, err := parse(raw, flagOf(i)); err != nil {
			return err
		}
	}
	if mail == "" {
		return nil
	}
	_, err := parseMail(mail)
	return err
}

func flagOf(i int) string { return fmt.Sprintf("--notify, URL %d", i+1) }

// several names the query parameters in which a service takes several
// receivers. They become an address each: one that refuses must not make the
// others get everything again.
var several = map[string][]string{
	"smtp":     {"toaddresses", "to"},
	"telegram": {"chats", "channels"},
}

// parse reads a URL; flag is what an error calls it.
func parse(raw, flag string) ([]address, error) {
	a, err := parseOne(raw, flag)
	if err != nil {
		return nil, err
	}
	all := []address{a}
	query := a.url.Query()
	for _, key := range several[a.scheme] {
		receivers := strings.FieldsFunc(query.Get(key), func(r rune) bool { return r == ',' })
		if len(receivers) < 2 {
			continue
		}
		all = nil
		for _, r := range receivers {
			all = append(all, a.with(key, strings.TrimSpace(r)))
		}
	}
	for _, a := range all {
		if err := a.acceptable(flag); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func parseOne(raw, flag string) (address, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme == "" {
		return address{}, gremio.Errorf(gremio.Invalid, "%s: want a URL of shoutrrr such as ntfy://host/topic, telegram://token@telegram?chats=... or generic+https://host/path", flag)
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil { // what it quotes may be secret
		return address{}, gremio.Errorf(gremio.Invalid, "%s: behind the ? stands a broken escape: write %% as %%25", flag)
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return address{}, gremio.Errorf(gremio.Invalid, "%s: a webhook's URL begins with generic+%s://", flag, u.Scheme)
	}
	scheme, _, _ := strings.Cut(u.Scheme, "+")
	if _, err := new(router.ServiceRouter).NewService(scheme); err != nil {
		return address{}, gremio.Errorf(gremio.Invalid, "%s: what stands before :// is no service that shoutrrr knows", flag)
	}
	return address{scheme: scheme, url: u}, nil
}

// acceptable lets shoutrrr look at the URL. Matrix is left out: it signs in at once.
func (a address) acceptable(flag string) error {
	if a.scheme == "matrix" {
		return nil
	}
	if _, err := new(router.ServiceRouter).Locate(a.url.String()); err != nil {
		return gremio.Errorf(gremio.Invalid, "%s (%s): shoutrrr does not accept it; https://shoutrrr.nickfedor.com/ says what a URL of %s needs", flag, a.scheme, a.scheme)
	}
	return nil
}

// parseMail reads the URL for applicants' mail.
func parseMail(raw string) (address, error) {
	const flag = "--notify-mail"
	a, err := parseOne(raw, flag)
	if err != nil {
		return a, err
	}
	if a.scheme != "smtp" {
		return a, gremio.Errorf(gremio.Invalid, "%s: want smtp://user:password@host:port/?from=address", flag)
	}
	for _, key := range several["smtp"] {
		if a.url.Query().Get(key) != "" {
			return a, gremio.Errorf(gremio.Invalid, "%s: leave out %s: each applicant's own address is put in", flag, key)
		}
	}
	return a, a.with("toaddresses", "somebody@example.cl").acceptable(flag)
}

// with returns the address with another value of a query parameter.
func (a address) with(key, value string) address {
	u := *a.url
	query := u.Query()
	query.Set(key, value)
	u.RawQuery = query.Encode()
	a.url = &u
	return a
}

func newDestination(a address, master gremio.Key) *destination {
	return &destination{
		name: a.scheme + "-" + master.Hash("destination", a.url.String())[:10],
		url:  a, turn: make(chan struct{}, 1),
	}
}
