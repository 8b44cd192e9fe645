// Package notify takes notices to people, by the URLs of shoutrrr: chats,
// push services, webhooks and mail. What a URL hides (passwords, tokens, who is
// behind them) stands in no error, log line, metric or table.
package notify

import (
	"context"
	"net/url"
	"sync"
	"time"

	"gremio"
)

// Applications is where an applicant's sealed data are read, when a notice goes
// out and not before.
type Applications interface {
	Application(ctx context.Context, id string) (gremio.Application, bool, error)
	PersonKey(ctx context.Context, person string) ([]byte, error)
	AppliedIDs(ctx context.Context, worker string, keys []string) (map[string]gremio.AppliedID, error)
}

// Options say where notices go.
type Options struct {
	URLs []string // each gets what is for the guild
	// Mail is an smtp:// URL without recipients, for applicants' e-mail.
	Mail         string
	Master       gremio.Key
	Applications Applications
	// PublicURL is where people reach gremio, "" when nobody said.
	PublicURL string
}

// A Notifier sends notices.
type Notifier struct {
	options Options
	byName  map[string]*destination
	guild   []string
	mail    []string // one or none
}

// New returns the Notifier of o, whose URLs Check has nothing against. It
// reaches for nobody yet.
func New(o Options) (*Notifier, error) {
	n := &Notifier{options: o, byName: map[string]*destination{}}
	for i, raw := range o.URLs {
		urls, err := parse(raw, flagOf(i))
		if err != nil {
			return nil, err
		}
		for _, u := range urls {
			d := newDestination(u, o.Master)
			if n.byName[d.name] == nil {
				n.byName[d.name], n.guild = d, append(n.guild, d.name)
			}
		}
	}
	if o.Mail != "" {
		u, err := parseMail(o.Mail)
		if err != nil {
			return nil, err
		}
		d := newDestination(u, o.Master)
		n.byName[d.name], n.mail = d, []string{d.name}
	}
	return n, nil
}

// Destinations names where an audience's notices go. A name stays the same as
// long as its URL and the master key do.
func (n *Notifier) Destinations(to gremio.Audience) []string {
	switch to {
	case gremio.AudienceGuild:
		return n.guild
	case gremio.AudienceApplicant:
		return n.mail
	}
	return nil
}

// Send takes one notice to one destination. The error is Unavailable when the
// destination does not answer, Invalid when it can never have this notice, and
// Conflict when it refused it.
func (n *Notifier) Send(ctx context.Context, name string, notice gremio.Notice) error {
	d := n.byName[name]
	if d == nil {
		return gremio.Errorf(gremio.Invalid, "no destination %s is configured", name)
	}
	m := message{id: notice.ID, title: notice.Title, body: notice.Body, kind: notice.Kind, about: notice.About}
	if notice.Audience == gremio.AudienceApplicant {
		if err := n.address(ctx, &m, notice.About); err != nil {
			return err
		}
	}
	return d.send(ctx, notice.ID, func() error { return d.deliver(m) })
}

// address puts an applicant's name and e-mail on a message.
func (n *Notifier) address(ctx context.Context, m *message, application string) error {
	a, found, err := n.options.Applications.Application(ctx, application)
	if err != nil {
		return err
	}
	if !found {
		return gremio.Errorf(gremio.Invalid, "there is no application %s any more", application)
	}
	wrapped, err := n.options.Applications.PersonKey(ctx, a.Person)
	if err != nil {
		return err
	}
	if wrapped == nil {
		return gremio.Errorf(gremio.Invalid, "whoever made application %s was erased", application)
	}
	who, err := n.options.Master.Unseal(wrapped, a.Sealed, a.Person)
	if err != nil {
		return err
	}
	if m.to, err = gremio.ParseEmail(who.Email); err != nil {
		return gremio.Errorf(gremio.Invalid, "application %s has no e-mail that could be written to", application)
	}
	m.greeting = "Hola:"
	if name := oneLine(who.Name()); name != "" {
		m.greeting = "Hola " + name + ":"
	}
	return n.links(ctx, m, a.ID, who.Email)
}

// links adds to a message what opens the applicant's page, and the code that
// confirms the e-mail when the message is about that. Neither rests anywhere:
// both follow from the master key.
func (n *Notifier) links(ctx context.Context, m *message, application, email string) error {
	code := ""
	if m.kind == gremio.NoticeApplicationConfirm {
		code = n.options.Master.ConfirmationCode(application, email)
		m.body += "\n\nTu código: " + code
	}
	if n.options.PublicURL == "" {
		return nil
	}
	key := gremio.IDKey(gremio.TypeApplicationSubmitted, application, application)
	known, err := n.options.Applications.AppliedIDs(ctx, "members", []string{key})
	if err != nil || known[key].Digest == "" {
		return err
	}
	page := n.options.PublicURL + "/solicitud/" + url.PathEscape(application) + "#token=" + n.options.Master.ApplicantToken(application, known[key].Digest)
	if code != "" {
		page += "&confirm=" + code
	}
	m.body += "\n\nTu solicitud: " + page
	return nil
}

// A destination is one place that notices go to, one notice at a time.
type destination struct {
	name   string
	url    address
	turn   chan struct{} // held by whoever sends
	late   sync.Map      // ids of notices that got through after their sender had stopped waiting
	caller caller
}

// abandoned is when a sending that never ends makes way for the next.
const abandoned = 10 * time.Minute

// send runs do in its turn and waits for it until ctx ends. shoutrrr knows no
// contexts: what outlasts ctx goes on by itself, and when it succeeds after all,
// the next attempt finds that out instead of sending again.
func (d *destination) send(ctx context.Context, id string, do func() error) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return gremio.Errorf(gremio.Unavailable, "%s is busy with an earlier notice and does not answer", d.name)
	}
	release := sync.OnceFunc(func() { <-d.turn })
	if _, through := d.late.LoadAndDelete(id); through {
		release()
		return nil
	}
	stuck := time.AfterFunc(abandoned, release)
	done := make(chan error, 1)
	go func() {
		err := do()
		if err == nil {
			d.late.Store(id, true)
		}
		stuck.Stop()
		release()
		done <- err
	}()
	select {
	case err := <-done:
		d.late.Delete(id)
		return d.explain(err)
	case <-ctx.Done():
		return gremio.Errorf(gremio.Unavailable, "%s gave no answer in time", d.name)
	}
}
