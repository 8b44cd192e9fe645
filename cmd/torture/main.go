// Command torture breaks gremio in every way that it is meant to survive, and
// shows that nothing acknowledged is lost and nothing counted twice.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"gremio/internal/torture"
)

type cli struct {
	Run   runCmd   `cmd:"" default:"withargs" help:"Kill parts of gremio under load and compare what is left with an account of its own."`
	Table tableCmd `cmd:"" help:"Print a campaign as the Markdown table of docs/reliability.md."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	var c cli
	command := kong.Parse(&c, kong.Name("torture"), kong.Description("Breaks gremio under load and compares it with an oracle."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

type runCmd struct {
	Gremio   string         `help:"The gremio to break, built with -tags torture; built from this folder when absent." type:"existingfile" placeholder:"FILE"`
	Real     int            `help:"Break Apache Kafka with so many nodes, 1 or 3, and MariaDB instead of the embedded parts." enum:"0,1,3" default:"0"`
	Scripts  string         `help:"Folder of real-parts." default:"scripts" type:"path"`
	Kills    int            `help:"Kills of each kind in a run." default:"3"`
	Only     []torture.Kind `help:"Kinds of kill; all that the parts have when absent." placeholder:"KIND"`
	Seed     uint64         `help:"Replays a plan of kills; a new one when 0."`
	Campaign string         `help:"Append each run's result to this file, one JSON line each." type:"path" placeholder:"FILE"`
	Until    int            `help:"Run again and again until the campaign has so many kills of each kind on these parts." placeholder:"KILLS"`
	Clients  int            `help:"Vendors at once, and as many phones." default:"16"`
	Rest     time.Duration  `help:"Between two acts of a vendor." default:"60ms"`
	Pause    time.Duration  `help:"The longest between two kills." default:"1s"`
	Session  time.Duration  `help:"After which a silent member of a consumer group loses its partitions." default:"1s"`
	Silent   time.Duration  `help:"After which a silent cart is missing." default:"15s"`
	Dir      string         `help:"Folder of data and logs; one in the system's temporary folder when absent." type:"path" placeholder:"DIR"`
	Keep     bool           `help:"Keep the folder though nothing is wrong."`
	Quiet    bool           `help:"Do not tell of each kill."`
}

func (c runCmd) Run(ctx context.Context) error {
	home, err := os.MkdirTemp("", "gremio-torture-")
	if c.Dir != "" {
		home, err = c.Dir, os.MkdirAll(c.Dir, 0o755)
	}
	if err == nil {
		err = os.Chmod(home, 0o755) // MariaDB runs as an account without rights
	}
	if err != nil {
		return err
	}
	if c.Gremio == "" {
		if c.Gremio, err = build(ctx, home); err != nil {
			return err
		}
	}
	for n := 1; ; n++ {
		kills, err := c.missing(home)
		if err != nil {
			return err
		}
		if len(kills) == 0 {
			break
		}
		if err := c.once(ctx, filepath.Join(home, fmt.Sprint("run-", n)), kills); err != nil {
			return err
		}
		if c.Until == 0 {
			break
		}
	}
	if c.Dir == "" && !c.Keep {
		return os.RemoveAll(home)
	}
	return nil
}

// build builds gremio with its points.
func build(ctx context.Context, dir string) (string, error) {
	bin := filepath.Join(dir, "gremio")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "torture", "-o", bin, "./cmd/gremio")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build gremio: %w: %s", err, out)
	}
	return bin, nil
}

// missing returns how many kills of each kind the next run shall have.
func (c runCmd) missing(home string) (map[torture.Kind]int, error) {
	kinds := torture.Kinds(c.Real, torture.MayMount(home))
	if c.Real == 0 && !slices.Contains(kinds, torture.Disk) {
		fmt.Fprintln(os.Stderr, "torture: this user may not mount a disk: the kind disk is left out")
	}
	if len(c.Only) > 0 {
		for _, k := range c.Only {
			if !slices.Contains(kinds, k) {
				return nil, fmt.Errorf("no kind %q on these parts: want some of %v", k, kinds)
			}
		}
		kinds = c.Only
	}
	done := map[torture.Kind]int{}
	if c.Until > 0 {
		if c.Campaign == "" {
			return nil, errors.New("--until wants --campaign")
		}
		results, err := torture.ReadCampaign(c.Campaign)
		if err != nil {
			return nil, err
		}
		if sum := torture.Sum(results)[torture.Parts(c.Real)]; sum != nil {
			for k, t := range sum.Kinds {
				done[k] = t.Kills
			}
		}
	}
	kills := map[torture.Kind]int{}
	for _, k := range kinds {
		n := c.Kills
		if c.Until > 0 {
			n = min(n, c.Until-done[k])
		}
		if n > 0 {
			kills[k] = n
		}
	}
	return kills, nil
}

func (c runCmd) once(ctx context.Context, dir string, kills map[torture.Kind]int) error {
	seed := c.Seed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000_000
	}
	result, err := torture.Run(ctx, torture.Config{
		Binary: c.Gremio, Script: filepath.Join(c.Scripts, "real-parts"), Dir: dir, Real: c.Real, Seed: seed, Kills: kills,
		Clients: c.Clients, Rest: c.Rest, Pause: c.Pause, Session: c.Session, Silent: c.Silent, Out: os.Stderr, Verbose: !c.Quiet,
	})
	if ctx.Err() != nil {
		return context.Cause(ctx) // interrupted: its kills are counted anew
	}
	if err != nil {
		return fmt.Errorf("%w; the logs are in %s", err, dir)
	}
	torture.WriteTable(os.Stdout, []torture.Result{result})
	for _, f := range result.Findings {
		fmt.Printf("%s: %s\n", f.Sort, f.Text)
	}
	if c.Campaign != "" {
		if err := result.Append(c.Campaign); err != nil {
			return err
		}
	}
	if len(result.Findings) > 0 {
		return fmt.Errorf("%d lost, %d doubled, %d wrong (seed %d); the logs are in %s", result.Lost, result.Doubled, result.Wrong, seed, dir)
	}
	if !c.Keep {
		return os.RemoveAll(dir)
	}
	return nil
}

type tableCmd struct {
	File string `arg:"" help:"The campaign's file." type:"existingfile"`
}

func (c tableCmd) Run() error {
	results, err := torture.ReadCampaign(c.File)
	if err != nil {
		return err
	}
	torture.WriteTable(os.Stdout, results)
	return nil
}
