package notify

import (
	"mime"
	"regexp"
	"strconv"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"gremio"
)

// A message is a notice as one destination gets it.
type message struct {
	id, title, body, kind, about string
	greeting, to                 string // of an applicant's mail
}

// text returns the whole message for services that know no more than a text.
func (m message) text() string { return m.title + "\n" + m.body + "\n\n" + m.reference() }

// reference lets whoever gets a notice twice see that it is one.
func (m message) reference() string { return "Ref.: " + m.id }

// A caller is a service of shoutrrr that is kept: some sign in when they are made.
type caller struct{ service types.Service }

func (c *caller) get(a address) (types.Service, error) {
	if c.service != nil {
		return c.service, nil
	}
	s, err := new(router.ServiceRouter).Locate(a.url.String())
	if err != nil {
		return nil, err
	}
	c.service = s
	return s, nil
}

// deliver sends one message and returns when the receiver has answered.
func (d *destination) deliver(m message) error {
	switch d.url.scheme {
	case "generic":
		return d.deliverWebhook(m)
	case "smtp":
		return d.deliverMail(m)
	}
	service, err := d.caller.get(d.url)
	if err != nil {
		return err
	}
	return service.Send(m.text(), &types.Params{})
}

// deliverWebhook names the notice in the header Idempotency-Key, and in JSON in
// the field id as well.
func (d *destination) deliverWebhook(m message) error {
	a := d.url.with("@Idempotency-Key", m.id)
	text, params := m.text(), types.Params{}
	if strings.EqualFold(a.url.Query().Get("template"), "json") {
		a = a.with("$id", m.id).with("$kind", m.kind).with("$about", m.about)
		text, params = m.body, types.Params{types.TitleKey: m.title}
	}
	service, err := new(router.ServiceRouter).Locate(a.url.String())
	if err != nil {
		return err
	}
	return service.Send(text, &params)
}

// deliverMail names the notice in Message-ID, by which mail programs show a
// repeat once. shoutrrr writes the subject as it is, so that further headers
// may follow it, and words that are not ASCII must be encoded here.
func (d *destination) deliverMail(m message) error {
	a := d.url
	text := m.body + "\n\n" + m.reference() + "\n"
	if m.to != "" {
		a = a.with("toaddresses", m.to)
		text = m.greeting + "\n\n" + text
	}
	service, err := new(router.ServiceRouter).Locate(a.url.String())
	if err != nil {
		return err
	}
	subject := mime.QEncoding.Encode("utf-8", oneLine(m.title)) +
		"\r\nMessage-ID: <" + m.id + "@gremio>\r\nAuto-Submitted: auto-generated\r\nContent-Transfer-Encoding: 8bit"
	err = service.Send(text, &types.Params{types.TitleKey: subject})
	if err != nil && strings.Contains(err.Error(), "error closing session") && !strings.Contains(err.Error(), refusedReceiver) {
		return nil // the server has the mail and failed at saying goodbye
	}
	return err
}

// oneLine keeps what people wrote from becoming a header of its own.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// A port is no status: what stands before one is no space.
var statusCode = regexp.MustCompile(`[ (]([45][0-9][0-9])\b`)

const refusedReceiver = "error sending message to recipient"

// passing are words of errors that say that a receiver is not reached, and what
// an operator is told of them.
var passing = []struct{ words, meaning string }{
	{"connection refused", "refuses connections"},
	{"no such host", "has a host that is not known"},
	{"Client.Timeout", "gave no answer in time"},
	{"deadline exceeded", "gave no answer in time"},
	{"i/o timeout", "gave no answer in time"},
	{"connection reset", "broke the connection off"},
	{"broken pipe", "broke the connection off"},
	{"EOF", "broke the connection off"},
	{"x509", "has a certificate that is not trusted"},
	{"tls:", "does not speak TLS as it should"},
	{"error authenticating", "refuses the user or password"},
	{"error enabling StartTLS", "does not speak TLS as it should"},
	{"error connecting to server", "is not reached"},
	{"error creating smtp client", "does not greet as a mail server"},
	{"did not accept the handshake", "does not greet as a mail server"},
	{"unreachable", "is not reached"},
	{"failed to initialize service", "does not let us sign in"},
}

// explain turns an error of shoutrrr into one that repeats nothing of it: its
// texts hold URLs with their tokens, and addresses of people.
func (d *destination) explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, p := range passing {
		// A mail host that refuses a receiver may break off afterwards.
		if strings.Contains(text, p.words) && !strings.Contains(text, refusedReceiver) {
			return gremio.Errorf(gremio.Unavailable, "%s %s", d.name, p.meaning)
		}
	}
	// Of several numbers the last stands nearest to the receiver's own words.
	all := statusCode.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return gremio.Errorf(gremio.Conflict, "%s refused the notice", d.name)
	}
	code, _ := strconv.Atoi(all[len(all)-1][1])
	kind := gremio.Conflict
	if d.url.scheme == "smtp" && code == 421 || d.url.scheme != "smtp" && (code >= 500 || code == 429 || code == 408) {
		kind = gremio.Unavailable
	}
	return gremio.Errorf(kind, "%s refused the notice with %d", d.name, code)
}
