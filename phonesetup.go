package gremio

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// PhoneIntervalSeconds is how often the guild sets phones to report, parked or
// not. The limit of silence is at least 2.5 times as long, so that one request
// that is late or lost calls no cart missing.
const PhoneIntervalSeconds = 20

// A PhoneSetup is what makes a phone report for a cart. It bears the cart's token.
type PhoneSetup struct {
	URL     string    `json:"url" doc:"What the QR says: Traccar Client reads address and settings from it"`
	QR      string    `json:"qr" doc:"The URL as a QR code, SVG"`
	Links   []AppLink `json:"links" nullable:"false" doc:"For the phone itself, the one that sets the app up first"`
	Page    string    `json:"page" doc:"How other apps are set up, to be opened on the phone: a secret like the URL"`
	Warning string    `json:"warning,omitempty" enum:"loopback,http" doc:"loopback: no other device reaches the address; http: whoever is on the way reads the token"`
}

// An AppLink is something to touch on the phone.
type AppLink struct {
	App string `json:"app"`
	URL string `json:"url"`
}

// NewPhoneSetup returns how a phone is set up to report for the cart plate at
// publicURL, all but the drawing.
func NewPhoneSetup(publicURL, token string, plate Plate) PhoneSetup {
	address := PhoneAddress(publicURL, token)
	every := strconv.Itoa(PhoneIntervalSeconds)
	settings := "id=" + url.QueryEscape(string(plate)) + "&interval=" + every + "&distance=0&heartbeat=" + every + "&stop_detection=false&accuracy=high&buffer=true"
	return PhoneSetup{
		URL: address + "?" + settings,
		Links: []AppLink{
			{"Traccar Client", "org.traccar.client://gremio?url=" + url.QueryEscape(address) + "&" + settings},
			{"Google Play", "https://play.google.com/store/apps/details?id=org.traccar.client"},
			{"App Store", "https://apps.apple.com/app/traccar-client/id843156974"},
		},
		Page:    address,
		Warning: PublicURLWarning(publicURL),
	}
}

// What is wrong with an address that phones are set up with.
const (
	WarnLoopback = "loopback" // no other device reaches it
	WarnHTTP     = "http"     // whoever is on the way reads the tokens, and some apps refuse it
)

// PublicURLWarning says what is wrong with publicURL for phones, "" for nothing.
func PublicURLWarning(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || publicURL == "" {
		return ""
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	addr, err := netip.ParseAddr(host)
	addr = addr.Unmap()
	switch {
	case err == nil && (addr.IsLoopback() || addr.IsUnspecified()), host == "localhost", strings.HasSuffix(host, ".localhost"):
		return WarnLoopback
	case u.Scheme != "https":
		return WarnHTTP
	}
	return ""
}

// PublicURLAdvice says what to do about a warning, "" when there is none.
func PublicURLAdvice(warning string) string {
	switch warning {
	case WarnLoopback:
		return "only this machine reaches --public-url, so no phone can report: set it to an address that phones reach, https://…"
	case WarnHTTP:
		return "--public-url is plain HTTP, so whoever is on the way reads the carts' tokens and places, and iPhones may refuse it: put TLS before gremio and set https://…"
	}
	return ""
}
