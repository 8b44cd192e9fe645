package main_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// A proxy stands between gremio and its database.
type proxy struct {
	t      *testing.T
	dsn    string
	target string

	flow  sync.RWMutex // held for writing while nothing passes
	mu    sync.Mutex
	ln    net.Listener
	conns []net.Conn
}

func newProxy(t *testing.T, dsn string) *proxy {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, target: cfg.Addr}
	p.listen("127.0.0.1:0")
	cfg.Addr = p.ln.Addr().String()
	p.dsn = cfg.FormatDSN()
	t.Cleanup(p.cut)
	return p
}

func (p *proxy) listen(addr string) {
	p.t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.ln = ln
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", p.target)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			go func() { io.Copy(out, p.passing(in)); out.Close() }()
			go func() { io.Copy(in, p.passing(out)); in.Close() }()
		}
	}()
}

// hang lets nothing pass until the function that it returns is called, and
// refuses nobody: connections stand, and are silent.
func (p *proxy) hang() (pass func()) {
	p.flow.Lock()
	return p.flow.Unlock
}

// passing is what conn says, while the proxy lets it pass.
func (p *proxy) passing(conn io.Reader) io.Reader { return passing{p, conn} }

type passing struct {
	proxy *proxy
	conn  io.Reader
}

func (r passing) Read(b []byte) (int, error) {
	n, err := r.conn.Read(b)
	r.proxy.flow.RLock()
	defer r.proxy.flow.RUnlock()
	return n, err
}

// cut ends every connection and takes no new one.
func (p *proxy) cut() {
	p.ln.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *proxy) mend() {
	p.t.Helper()
	p.listen(p.ln.Addr().String())
}
