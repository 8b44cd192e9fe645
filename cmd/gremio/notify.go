package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gremio"
	"gremio/internal/notify"
	"gremio/internal/store"
)

// notifyFlags say whom workers tell what happens. The URLs are secrets.
type notifyFlags struct {
	Notify     []string `help:"URL of shoutrrr that gets the guild's notices, such as ntfy://host/topic; may be repeated, in GREMIO_NOTIFY with spaces between. Holds secrets: better in the environment or a file." sep:"none" placeholder:"URL"`
	NotifyMail string   `help:"smtp://user:password@host:port/?from=ADDRESS, without recipients: mail to applicants goes out here." placeholder:"URL"`
}

// urls returns the URLs one by one: the environment has them all in one text.
func (f notifyFlags) urls() []string { return strings.Fields(strings.Join(f.Notify, " ")) }

func (f notifyFlags) checkNotify() error { return notify.Check(f.urls(), f.NotifyMail) }

// noteUnsent says that the settings want e-mail confirmed by messages that nobody
// sends: then applications do not wait for it.
func (f notifyFlags) noteUnsent(ctx context.Context, s *store.Store) {
	settings, err := s.Settings(ctx)
	if err == nil && settings.ConfirmContact == gremio.ConfirmEmail && f.NotifyMail == "" {
		fmt.Println("note   confirm_contact is email, but no --notify-mail is set: no message goes out, and applications do not wait for it")
	}
}

// openNotify gives h's workers whom to tell, if anybody.
func (f notifyFlags) openNotify(h *house, publicURL string) error {
	if len(f.urls()) == 0 && f.NotifyMail == "" {
		return nil
	}
	// shoutrrr's webhooks go out through the default client, which would wait for ever.
	http.DefaultClient.Timeout = 15 * time.Second
	sender, err := notify.New(notify.Options{URLs: f.urls(), Mail: f.NotifyMail, Master: h.master, Applications: h.store, PublicURL: strings.TrimRight(publicURL, "/")})
	if err == nil {
		h.sender = sender
	}
	return err
}
