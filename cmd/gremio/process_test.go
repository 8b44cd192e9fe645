package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must come. It is no measure of
// speed: it only ends a test that would wait for ever.
const patience = 90 * time.Second

// eventually asks until ask has nothing to complain of.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not after %s: %s: %v", patience, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// A process is one running gremio.
type process struct {
	t     *testing.T
	guild *guild
	name  string
	cmd   *exec.Cmd
	url   string // of an api
	ended chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
}

// Write keeps what the process says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// command is gremio with the flags that bring it to this guild, and nothing of
// the test's own environment.
func (g *guild) command(args ...string) *exec.Cmd {
	args = append(args, "--data", g.data)
	if g.real == nil && (args[0] == "up" || args[0] == "broker") {
		args = append(args, "--broker-listen", g.brokerListen)
	}
	if args[0] == "up" || args[0] == "api" {
		args = append(args, "--open-ingest", "--listen", "127.0.0.1:0")
	}
	cmd := plain(args...)
	cmd.Env = append(cmd.Env, g.env...)
	return cmd
}

// plain is gremio with args alone.
func plain(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GREMIO_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd
}

// start starts a process that runs until the test ends it.
func (g *guild) start(args ...string) *process {
	g.t.Helper()
	return g.startCommand(strings.Join(args, " "), g.command(args...))
}

func (g *guild) startCommand(name string, cmd *exec.Cmd) *process {
	g.t.Helper()
	p := &process{t: g.t, guild: g, name: name, cmd: cmd, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	g.t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		if g.t.Failed() {
			lines := strings.Split(strings.TrimSpace(p.said()), "\n")
			g.t.Logf("gremio %s said last:\n%s", p.name, strings.Join(lines[max(0, len(lines)-30):], "\n"))
		}
	})
	return p
}

var address = regexp.MustCompile(`http://(127\.0\.0\.1:[0-9]+)/`)

// startAPI starts api or up and waits until it takes in and reads.
func (g *guild) startAPI(args ...string) *process {
	g.t.Helper()
	p := g.listening(args...)
	eventually(g.t, p.name+" is ready", func() error {
		if code, _, body := p.try("GET", "/readyz", nil); code != 200 {
			return errorf("%d %s", code, body)
		}
		_, err := ask[struct{}](p, "/v1/carts") // the last that a migration makes
		return err
	})
	return p
}

// listening starts api or up and waits until it says where it listens.
func (g *guild) listening(args ...string) *process {
	g.t.Helper()
	p := g.start(args...)
	p.url = "http://" + p.matching(address)[1]
	return p
}

// matching waits until the process says what matches.
func (p *process) matching(re *regexp.Regexp) []string {
	p.t.Helper()
	var found []string
	eventually(p.t, p.name+" says "+re.String(), func() error {
		if found = re.FindStringSubmatch(p.said()); found != nil {
			return nil
		}
		select {
		case <-p.ended:
			p.t.Fatalf("gremio %s ended: %s", p.name, p.said())
		default:
		}
		return errors.New("not yet")
	})
	return found
}

func (p *process) saying(text string) {
	p.t.Helper()
	p.matching(regexp.MustCompile(regexp.QuoteMeta(text)))
}

// interrupt is Ctrl-C: the process ends by itself, without a failure.
func (p *process) interrupt() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("gremio %s did not end on SIGINT", p.name)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("gremio %s ended on SIGINT with %d: %s", p.name, code, p.said())
	}
}

// kill is SIGKILL: the process has no time for anything.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// run runs a command of gremio that ends by itself.
func (g *guild) run(args ...string) (stdout string) {
	g.t.Helper()
	stdout, stderr, code := finish(g.t, g.command(args...))
	if code != 0 {
		g.t.Fatalf("gremio %s: exit %d: %s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// finish runs cmd to its end, which must come.
func finish(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stop.Stop()
	cmd.Wait()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
