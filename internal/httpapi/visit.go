package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// isTLS reports whether the browser speaks TLS, to us or to a proxy that we trust.
func (a *api) isTLS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	if a.fromProxy(r) && r.Header.Get("X-Forwarded-Proto") != "" {
		return strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
	}
	u, err := url.Parse(a.PublicURL)
	return err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, r.Host)
}

// addressOf returns the client's address: the last of X-Forwarded-For that is no
// trusted proxy's, when a trusted proxy sent the request.
func (a *api) addressOf(r *http.Request) string {
	peer := peerOf(r.RemoteAddr)
	if !a.trusts(peer) {
		return network(peer)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := peerOf(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break
		}
		if peer = hop; !a.trusts(hop) {
			break
		}
	}
	return network(peer)
}

func (a *api) fromProxy(r *http.Request) bool { return a.trusts(peerOf(r.RemoteAddr)) }

func (a *api) trusts(addr netip.Addr) bool {
	for _, p := range a.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func peerOf(hostport string) netip.Addr {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

// network returns the address as budgets of guesses count it: a household has a
// whole /64 of IPv6.
func network(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	if addr.Is6() {
		if p, err := addr.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

func cookie(r *http.Request, name string, tls bool) string {
	if tls {
		name = hostPrefix + name
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie returns a cookie that scripts cannot read and that other sites' pages
// do not send. An empty value removes it.
func setCookie(name, value string, life time.Duration, tls bool) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: tls, SameSite: http.SameSiteStrictMode, MaxAge: int(life.Seconds())}
	if tls {
		c.Name = hostPrefix + name
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}
