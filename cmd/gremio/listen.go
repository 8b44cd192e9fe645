package main

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"gremio"
)

// checkListen refuses open take-in on an address that others reach, unless told twice.
func checkListen(addr string, openIngest, anywhere bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "--listen %q: want host:port", addr)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() || anywhere || !openIngest {
		return nil
	}
	return gremio.Errorf(gremio.Invalid, "--open-ingest on %s lets anybody who reaches it post: say --open-ingest-anywhere as well if that is meant", addr)
}

// check refuses what would surprise somebody later.
func (f listenFlags) check() error {
	if err := checkListen(f.Listen, f.OpenIngest, f.OpenIngestAnywhere); err != nil {
		return err
	}
	if u, err := url.Parse(f.PublicURL); f.PublicURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "") {
		return gremio.Errorf(gremio.Invalid, "--public-url %q: want https://host or http://host:port, nothing behind it", f.PublicURL)
	}
	if (f.AdminEmail == "") != (f.AdminPassword == "") {
		return gremio.Errorf(gremio.Invalid, "the first admin has an address or a password: set both GREMIO_ADMIN_EMAIL and GREMIO_ADMIN_PASSWORD, or neither")
	}
	for _, text := range f.TrustedProxies {
		if _, err := parseNetwork(text); err != nil {
			return gremio.Wrap(gremio.Invalid, err, "--trusted-proxies %q: want an address such as 10.0.0.7 or a network such as 10.0.0.0/8", text)
		}
	}
	return nil
}

// proxies returns the trusted proxies' networks, which check has seen.
func (f listenFlags) proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range f.TrustedProxies {
		if p, err := parseNetwork(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// firstAdmin sees to it that somebody can sign in, and returns the one-time link
// that makes the first admin, "" when none is needed.
func (f listenFlags) firstAdmin(ctx context.Context, h *house, addr net.Addr) (string, error) {
	made, token, err := h.identities.FirstAdmin(ctx, f.AdminEmail, f.AdminPassword)
	if err != nil {
		return "", err
	}
	if made && f.AdminEmail != "" {
		h.logger.Info("the first admin is made", "email", f.AdminEmail)
		if message := gremio.PasswordError(f.AdminPassword, f.AdminEmail); message != "" {
			h.logger.Warn("the first admin's password is weak: it " + message)
		}
	}
	if token == "" {
		return "", nil
	}
	return f.base(addr) + "/entrar#" + token, nil
}

// base returns where people reach gremio, as far as is known.
func (f listenFlags) base(addr net.Addr) string {
	if f.PublicURL != "" {
		return strings.TrimRight(f.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost" // where gremio runs; nobody said under which name others reach it
	}
	return "http://" + net.JoinHostPort(host, port)
}

// firstAdminOfAPI makes the first admin if it is told whom, and else says how: an
// api's output is often kept, so it prints no link.
func (f listenFlags) firstAdminOfAPI(ctx context.Context, h *house) error {
	if f.AdminEmail != "" || f.AdminPassword != "" {
		_, err := f.firstAdmin(ctx, h, nil)
		return err
	}
	users, err := h.store.Users(ctx)
	if err != nil || slices.ContainsFunc(users, func(u gremio.User) bool { return u.State == gremio.UserActive && u.Role == gremio.RoleAdmin }) {
		return err
	}
	h.logger.Warn("nobody can sign in yet: gremio user add ADDRESS --role admin, with the same --database, prints a one-time link")
	return nil
}
