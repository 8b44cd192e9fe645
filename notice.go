package gremio

import "time"

// An Audience is whom a notice is for.
type Audience string

// The audiences.
const (
	AudienceGuild     Audience = "guild"     // everywhere the configuration names
	AudienceApplicant Audience = "applicant" // the e-mail of whoever applied, read from the application when it is sent
)

// Kinds of notices.
const (
	NoticeAlert               = "alert"
	NoticeDelivery            = "delivery"
	NoticeDeliveryCancelled   = "delivery_cancelled"
	NoticeStopFailed          = "stop_failed"
	NoticeDay                 = "day"
	NoticeApplicationWaiting  = "application_waiting"
	NoticeApplicationApproved = "application_approved"
	NoticeApplicationRejected = "application_rejected"
	NoticeApplicationConfirm  = "application_confirm" // the code and the links are added when it is sent
)

// A Notice tells people outside of what a worker has learned or decided. Its id
// follows from what it is about, so whoever gets it twice can tell. It says
// nothing of who an applicant is.
type Notice struct {
	ID       string
	Audience Audience
	Kind     string
	About    string // id of the alert, delivery, day or application
	Title    string // one line
	Body     string
	MadeAt   time.Time
}

// NoticeLife is how long a notice is tried before it is given up: later it is
// news to nobody.
const NoticeLife = 24 * time.Hour

// A ClaimedNotice is a notice that a process has taken to send.
type ClaimedNotice struct {
	Notice
	Attempts int      // that have failed
	Sent     []string // the destinations that have it
}

func newNotice(to Audience, kind, about string, at time.Time) Notice {
	return Notice{ID: DerivedID("notice", kind+" "+about), Audience: to, Kind: kind, About: about, MadeAt: at}
}
