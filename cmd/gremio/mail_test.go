package main_test

import (
	"bufio"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A mailServer takes mail as a mail host does.
type mailServer struct {
	addr string
	down atomic.Bool // it says so in its greeting

	mu    sync.Mutex
	mails []mail.Message
	texts []string
	to    []string
}

func startMailServer(t *testing.T) *mailServer {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	s := &mailServer{addr: ln.Addr().String()}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *mailServer) serve(conn net.Conn) {
	defer conn.Close()
	if s.down.Load() {
		fmt.Fprint(conn, "421 later\r\n")
		return
	}
	fmt.Fprint(conn, "220 test\r\n")
	to := ""
	for in := bufio.NewReader(conn); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(line); {
		case strings.HasPrefix(verb, "RCPT TO:"):
			to = strings.Trim(strings.TrimSpace(line[len("RCPT TO:"):]), "<>")
		case strings.HasPrefix(verb, "DATA"):
			fmt.Fprint(conn, "354 go on\r\n")
			if !s.take(in, to) {
				return
			}
		case strings.HasPrefix(verb, "QUIT"):
			fmt.Fprint(conn, "221 bye\r\n")
			return
		}
		fmt.Fprint(conn, "250 ok\r\n")
	}
}

// take reads one mail up to its dot; a sender that dies before it has sent none.
func (s *mailServer) take(in *bufio.Reader, to string) bool {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	m, err := mail.ReadMessage(strings.NewReader(text.String()))
	if err != nil {
		return false
	}
	_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.texts, s.to = append(s.mails, *m), append(s.texts, body), append(s.to, to)
	return true
}

// ids returns how often each notice came.
func (s *mailServer) ids() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := map[string]int{}
	for _, m := range s.mails {
		ids[strings.TrimSuffix(strings.Trim(m.Header.Get("Message-ID"), "<>"), "@gremio")]++
	}
	return ids
}
