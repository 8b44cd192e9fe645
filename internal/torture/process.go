package torture

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A process is one part of gremio, kept running until it is told to stay down:
// what ends by itself is started again, as a service manager would.
type process struct {
	name string
	args []string
	env  []string
	bin  string
	dir  string // of its log and its points' file

	mu      sync.Mutex
	cmd     *exec.Cmd
	exited  chan struct{} // closed when cmd has ended
	down    bool          // it is meant to be down
	crashes []string      // ends that nobody asked for
}

func (p *process) logFile() string { return filepath.Join(p.dir, p.name+".log") }
func (p *process) points() string  { return filepath.Join(p.dir, p.name+".points") }

// start starts the process if it does not run.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
	if p.cmd != nil {
		return nil
	}
	return p.launch()
}

// launch wants the lock.
func (p *process) launch() error {
	out, err := os.OpenFile(p.logFile(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(p.bin, p.args...)
	cmd.Env = append(append(os.Environ(), p.env...), "GREMIO_POINTS="+p.points())
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	exited := make(chan struct{})
	p.cmd, p.exited = cmd, exited
	go p.watch(cmd, exited)
	return nil
}

// watch starts the process again when it has ended by itself.
func (p *process) watch(cmd *exec.Cmd, exited chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	p.cmd = nil
	close(exited)
	down := p.down
	if !down && !strings.Contains(fmt.Sprint(err), "killed") {
		p.crashes = append(p.crashes, fmt.Sprint(err))
	}
	p.mu.Unlock()
	if down {
		return
	}
	time.Sleep(100 * time.Millisecond)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.down && p.cmd == nil {
		if err := p.launch(); err != nil {
			p.crashes = append(p.crashes, err.Error())
		}
	}
}

// kill ends the process with SIGKILL and waits; it stays down.
func (p *process) kill() {
	p.mu.Lock()
	p.down = true
	cmd, exited := p.cmd, p.exited
	p.mu.Unlock()
	if cmd != nil {
		cmd.Process.Signal(syscall.SIGKILL)
		<-exited
	}
	os.Remove(p.points())
	os.Remove(p.points() + ".go")
}

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Signal(s)
	}
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

func (p *process) running() bool { return p.pid() != 0 }

// stopped reports whether every thread of the process is stopped by a signal.
func (p *process) stopped() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.pid()))
	for _, t := range threads {
		stat, err := os.ReadFile(t)
		if err != nil {
			continue // it ended meanwhile
		}
		if _, after, ok := strings.Cut(string(stat), ") "); !ok || !strings.HasPrefix(after, "T") {
			return false
		}
	}
	return len(threads) > 0
}

// at tells the process what to do when it next passes a point.
func (p *process) at(point, action string) error {
	os.Remove(p.points() + ".go")
	temp := p.points() + ".new"
	if err := os.WriteFile(temp, []byte(point+" "+action), 0o640); err != nil {
		return err
	}
	return os.Rename(temp, p.points())
}

// passed reports whether the process has come to the point that at named.
func (p *process) passed() bool {
	_, err := os.Stat(p.points())
	return err != nil
}

// says counts the lines of its log that hold text.
func (p *process) says(text string) int {
	log, err := os.ReadFile(p.logFile())
	if err != nil {
		return 0
	}
	return strings.Count(string(log), text)
}

func (p *process) ends() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.crashes...)
}

// let lets a goroutine go on that is held at a point.
func (p *process) let() { os.WriteFile(p.points()+".go", nil, 0o640) }
