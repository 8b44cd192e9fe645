// Command gremio is everything that the guild runs: the api, the workers, the
// report, the embedded broker, or all of them in one process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	kongyaml "github.com/alecthomas/kong-yaml"

	"gremio"
)

// version is set by the build.
var version = "dev"

type cli struct {
	Config kong.ConfigFlag `help:"Read flags from this YAML file: data: /srv/gremio, kafka: [...]" placeholder:"FILE"`

	Up         upCmd         `cmd:"" help:"Run everything in one process: broker, database, api, workers, report."`
	API        apiCmd        `cmd:"" name:"api" help:"Run the HTTP server alone."`
	Worker     workerCmd     `cmd:"" help:"Run workers alone: members, sales, stock, positions, alerts, report."`
	Report     reportCmd     `cmd:"" help:"Close a day once, print it and write its files."`
	Broker     brokerCmd     `cmd:"" help:"Run the embedded broker alone."`
	Migrate    migrateCmd    `cmd:"" help:"Make the master key and bring the database to this version."`
	Topics     topicsCmd     `cmd:"" help:"Make, list or grow the topics."`
	Rebuild    rebuildCmd    `cmd:"" help:"Make a worker's tables anew from the log while everything goes on."`
	Rejected   rejectedCmd   `cmd:"" help:"List, show, retry or drop what the workers could not apply."`
	Settings   settingsCmd   `cmd:"" help:"Show or change the guild's settings."`
	User       userCmd       `cmd:"" help:"Say who may sign in, and as what."`
	Token      tokenCmd      `cmd:"" help:"Make, list or revoke the tokens of programs and carts."`
	Members    membersCmd    `cmd:"" help:"List members, show one, or import a list of people."`
	Backup     backupCmd     `cmd:"" help:"Write log and database of the embedded parts into one file while everything goes on."`
	Restore    restoreCmd    `cmd:"" help:"Unpack such a file into an empty --data."`
	Sales      salesCmd      `cmd:"" help:"Import a till's sales, or export all."`
	Stock      stockCmd      `cmd:"" help:"List the dough on every cart."`
	Deliveries deliveriesCmd `cmd:"" help:"List deliveries with their stops."`
	Audit      auditCmd      `cmd:"" help:"Print who did what, and who read what about whom."`
	Watch      watchCmd      `cmd:"" help:"Show carts, sightings and alerts at the terminal."`
	Simulate   simulateCmd   `cmd:"" help:"Let a simulated guild work on a running gremio."`
	Health     healthCmd     `cmd:"" help:"Ask a running api whether it is ready."`
	Bench      benchCmd      `cmd:"" help:"Measure take-in and the sales worker beside the limits of this machine."`
	OpenAPI    openAPICmd    `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
	Check      configCmd     `cmd:"" name:"config" help:"Check the configuration."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:]))
}

// run runs one command and returns the exit code: 0, 1 for a failure, 2 for
// wrong words on the command line, 3 for wrong configuration or input, 4 when a
// part is away.
func run(ctx context.Context, args []string) int {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("gremio"),
		kong.Description("The system that a guild of street-food carts runs its day on. Every flag is also read from GREMIO_* and from --config FILE."),
		kong.DefaultEnvars("GREMIO"),
		kong.Vars{"rejecting": ",members,sales,stock,positions,alerts"},
		kong.Configuration(readConfig),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gremio:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gremio:", err)
		return 2
	}
	if err := command.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "gremio:", err)
		return exitCode(err)
	}
	return 0
}

// readConfig reads flags from YAML: a flag stands under its command's name
// (api: {listen: ...}) or, for every command that has it, at the top.
func readConfig(r io.Reader) (kong.Resolver, error) {
	file, err := kongyaml.Loader(r)
	if err != nil {
		return nil, err
	}
	return kong.ResolverFunc(func(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
		if v, err := file.Resolve(ctx, parent, flag); v != nil || err != nil {
			return v, err
		}
		return file.Resolve(ctx, &kong.Path{App: ctx.Model}, flag)
	}), nil
}

func exitCode(err error) int {
	switch gremio.KindOf(err) {
	case gremio.Invalid, gremio.Conflict:
		return 3
	case gremio.Unavailable:
		return 4
	}
	return 1
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("gremio", version)
	return nil
}
