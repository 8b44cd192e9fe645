// Check compose.yaml without a Docker engine. It is read by the library that Docker Compose itself reads it with
// (schema, names, references, values from the environment); then come the rules of this project. A module of its
// own, so that gremio does not depend on the library.
//
//	go run . COMPOSE_FILE GREMIO
//
// GREMIO is the built binary: without it the commands and environment names are not compared, which is an error in CI.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run . COMPOSE_FILE GREMIO")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "check-compose:", err)
		os.Exit(1)
	}
}

func run(file, binary string) error {
	project, err := load(file)
	if err != nil {
		return err
	}
	faults := append(checkServices(project), checkDockerfile(filepath.Join(filepath.Dir(file), "Dockerfile"))...)
	compared := "commands and environment compared with " + binary
	if _, err := os.Stat(binary); err == nil {
		faults = append(faults, checkBinary(project, binary)...)
	} else if os.Getenv("CI") != "" {
		faults = append(faults, binary+" is not built: make build first")
	} else {
		compared = "NOT compared with the binary, which is not built"
	}
	sort.Strings(faults)
	for _, fault := range faults {
		fmt.Fprintln(os.Stderr, fault)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s: %d faults", file, len(faults))
	}
	fmt.Printf("check-compose: %s: %d services well; %s\n", file, len(project.Services), compared)
	return nil
}

// load reads the file as it stands for someone who has set nothing: neither .env nor the environment counts.
func load(file string) (*types.Project, error) {
	options, err := cli.NewProjectOptions([]string{file})
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}
