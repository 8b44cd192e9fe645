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
	Week  weekCmd  `cmd:"" help:"Send a week of a guild at once through kills, close its days, and compare with the same week in peace."`
	Stops stopsCmd `cmd:"" help:"Let the apis, the broker and all of up be dead for a while: no cart may be called missing."`
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

// common are the flags of every way to break gremio.
type common struct {
	Gremio   string         `help:"The gremio to break, built with -tags torture; built from this folder when absent." type:"existingfile" placeholder:"FILE"`
	Real     int            `help:"Break Apache Kafka with so many nodes, 1 or 3, and MariaDB instead of the embedded parts." enum:"0,1,3" default:"0"`
	Scripts  string         `help:"Folder of real-parts." default:"scripts" type:"path"`
	Only     []torture.Kind `help:"Kinds of kill; all that the parts have when absent." placeholder:"KIND"`
	Kills    int            `help:"Kills of each kind in a run." default:"3"`
	Seed     uint64         `help:"Replays a plan of kills; a new one when 0."`
	Clients  int            `help:"Vendors at once, and as many phones." default:"16"`
	Rest     time.Duration  `help:"Between two acts of a vendor." default:"120ms"`
	Pause    time.Duration  `help:"The longest between two kills." default:"1s"`
	Session  time.Duration  `help:"After which a silent member of a consumer group loses its partitions." default:"1s"`
	Patience time.Duration  `help:"Give up what takes longer." default:"2m"`
	Freeze   time.Duration  `help:"How much longer a stopped worker stays so once another has taken over." default:"0s"`
	Silent   time.Duration  `help:"After which a silent cart is missing." default:"15s"`
	Dir      string         `help:"Folder of data and logs; one in the system's temporary folder when absent." type:"path" placeholder:"DIR"`
	Keep     bool           `help:"Keep the folder though nothing is wrong."`
	Quiet    bool           `help:"Do not tell of each kill."`
}

// home makes the folder and the gremio to break.
func (c *common) home(ctx context.Context) error {
	var err error
	made := c.Dir == ""
	if made {
		c.Dir, err = os.MkdirTemp("", "gremio-torture-")
	} else {
		err = os.MkdirAll(c.Dir, 0o755)
	}
	if err == nil && made {
		err = os.Chmod(c.Dir, 0o755) // MariaDB runs as an account without rights
	}
	if err == nil && c.Gremio == "" {
		c.Gremio, err = build(ctx, c.Dir)
	}
	return err
}

func (c *common) config(dir string, kills map[torture.Kind]int) torture.Config {
	seed := c.Seed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000_000
	}
	return torture.Config{
		Binary: c.Gremio, Script: filepath.Join(c.Scripts, "real-parts"), Dir: dir, Real: c.Real, Seed: seed, Kills: kills,
		Clients: c.Clients, Rest: c.Rest, Pause: c.Pause, Session: c.Session, Freeze: c.Freeze, Patience: c.Patience, Silent: c.Silent, Out: os.Stderr, Verbose: !c.Quiet,
	}
}

// tell prints a result, and fails when anything is wrong.
func (c *common) tell(ctx context.Context, result torture.Result, err error, dir string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w; the logs are in %s", err, dir)
	}
	if len(result.Kinds) > 0 {
		torture.WriteTable(os.Stdout, []torture.Result{result})
	}
	for _, f := range result.Findings {
		fmt.Printf("%s: %s\n", f.Sort, f.Text)
	}
	if len(result.Findings) > 0 {
		return fmt.Errorf("%d lost, %d doubled, %d wrong (seed %d); the logs are in %s", result.Lost, result.Doubled, result.Wrong, result.Seed, dir)
	}
	if c.Keep {
		return nil
	}
	return os.RemoveAll(dir)
}

type runCmd struct {
	common
	Campaign string `help:"Append each run's result to this file, one JSON line each." type:"path" placeholder:"FILE"`
	Until    int    `help:"Run again and again until the campaign has so many kills of each kind on these parts." placeholder:"KILLS"`
}

func (c runCmd) Run(ctx context.Context) error {
	if err := c.home(ctx); err != nil {
		return err
	}
	for n := 1; ; n++ {
		kills, err := c.missing()
		if err != nil || len(kills) == 0 {
			return err
		}
		dir := filepath.Join(c.Dir, fmt.Sprint("run-", n))
		result, err := torture.Run(ctx, c.config(dir, kills))
		if err == nil && ctx.Err() == nil && c.Campaign != "" { // the kills of a run that was interrupted are made anew
			err = result.Append(c.Campaign)
		}
		if err := c.tell(ctx, result, err, dir); err != nil || c.Until == 0 {
			return err
		}
	}
}

type weekCmd struct {
	common
	Carts int `help:"Of the guild." default:"300"`
}

func (c weekCmd) Run(ctx context.Context) error {
	if err := c.home(ctx); err != nil {
		return err
	}
	kills, err := c.kinds(c.Kills)
	if err != nil {
		return err
	}
	result, err := torture.Week(ctx, c.config(c.Dir, kills), c.Carts)
	return c.tell(ctx, result, err, c.Dir)
}

type stopsCmd struct {
	common
	Long time.Duration `help:"How long each is dead." default:"10m"`
	What []string      `help:"Which of apis, broker and up." default:"apis,broker,up" enum:"apis,broker,up"`
}

func (c stopsCmd) Run(ctx context.Context) error {
	if err := c.home(ctx); err != nil {
		return err
	}
	result, err := torture.Stops(ctx, c.config(c.Dir, nil), c.What, c.Long)
	return c.tell(ctx, result, err, c.Dir)
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

// kinds returns n kills for each kind that is wanted.
func (c *common) kinds(n int) (map[torture.Kind]int, error) {
	kinds := torture.Kinds(c.Real, torture.MayMount(c.Dir))
	if c.Real == 0 && !slices.Contains(kinds, torture.Disk) {
		fmt.Fprintln(os.Stderr, "torture: this user may not mount a disk: the kind disk is left out")
	}
	for _, k := range c.Only {
		if !slices.Contains(kinds, k) {
			return nil, fmt.Errorf("no kind %q on these parts: want some of %v", k, kinds)
		}
	}
	if len(c.Only) > 0 {
		kinds = c.Only
	}
	kills := map[torture.Kind]int{}
	for _, k := range kinds {
		kills[k] = n
	}
	return kills, nil
}

// missing returns how many kills of each kind the next run shall have.
func (c *runCmd) missing() (map[torture.Kind]int, error) {
	kills, err := c.kinds(c.Kills)
	if err != nil || c.Until == 0 {
		return kills, err
	}
	if c.Campaign == "" {
		return nil, errors.New("--until wants --campaign")
	}
	results, err := torture.ReadCampaign(c.Campaign)
	if err != nil {
		return nil, err
	}
	sum := torture.Sum(results)[torture.Parts(c.Real)]
	for k := range kills {
		left := c.Until
		if sum != nil && sum.Kinds[k] != nil {
			left -= sum.Kinds[k].Kills
		}
		if kills[k] = min(kills[k], left); kills[k] <= 0 {
			delete(kills, k)
		}
	}
	return kills, nil
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
