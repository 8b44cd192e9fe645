package gremio_test

import (
	"net/url"
	"testing"

	"gremio"
)

func TestPhoneSetup(t *testing.T) {
	s := gremio.NewPhoneSetup("https://gremio.example.cl", "gremio_c_abc-_1", "BBCL12")
	const settings = "id=BBCL12&interval=20&distance=0&heartbeat=20&stop_detection=false&accuracy=high&buffer=true"
	if want := "https://gremio.example.cl/gps/gremio_c_abc-_1?" + settings; s.URL != want {
		t.Errorf("URL %s, want %s", s.URL, want)
	}
	link, err := url.Parse(s.Links[0].URL)
	if err != nil || link.Scheme != "org.traccar.client" || link.Query().Get("url") != "https://gremio.example.cl/gps/gremio_c_abc-_1" {
		t.Errorf("link %s: %v", s.Links[0].URL, err)
	}
	whole, _ := url.Parse(s.URL)
	for name := range whole.Query() {
		if link.Query().Get(name) != whole.Query().Get(name) {
			t.Errorf("the link sets %s to %q, the QR to %q", name, link.Query().Get(name), whole.Query().Get(name))
		}
	}
}

func TestPublicURLWarning(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "https://gremio.example.cl": "", "https://10.0.0.7:8443": "", "http://gremio.example.cl": gremio.WarnHTTP, "http://192.168.1.10:3000": gremio.WarnHTTP,
		"http://127.0.0.1:3000": gremio.WarnLoopback, "https://127.8.9.1": gremio.WarnLoopback, "http://localhost:3000": gremio.WarnLoopback, "https://LOCALHOST.": gremio.WarnLoopback,
		"http://gremio.localhost": gremio.WarnLoopback, "http://[::1]:3000": gremio.WarnLoopback, "http://[::ffff:127.0.0.1]": gremio.WarnLoopback, "http://0.0.0.0:3000": gremio.WarnLoopback,
		"https://localhost.example.cl": "", "https://127.0.0.1.example.cl": "",
	} {
		if got := gremio.PublicURLWarning(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if (gremio.PublicURLAdvice(want) == "") != (want == "") {
			t.Errorf("no advice about %q", want)
		}
	}
}

// One request that is late or lost calls no cart missing.
func TestLimitOfSilenceSuitsThePhones(t *testing.T) {
	if limit := gremio.DefaultSettings().SilentAfterSeconds; 2*limit < 5*gremio.PhoneIntervalSeconds {
		t.Errorf("carts are missing after %d s, phones report every %d s: want 2.5 times that", limit, gremio.PhoneIntervalSeconds)
	}
}
