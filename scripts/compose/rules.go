package main

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// A pinned image names at least major and minor version, or a digest: what starts today starts next year.
var pinned = regexp.MustCompile(`(:v?\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$`)

// checkServices tells what is wrong with the services, whatever gremio's binary says.
func checkServices(p *types.Project) (faults []string) {
	fault := func(service, format string, args ...any) {
		faults = append(faults, "service "+service+": "+fmt.Sprintf(format, args...))
	}
	commands := map[string]string{}
	for name, s := range p.Services {
		if s.Build == nil && !pinned.MatchString(s.Image) {
			fault(name, "image %s is not pinned to a version", s.Image)
		}
		for _, port := range s.Ports {
			if ip, err := netip.ParseAddr(port.HostIP); err != nil || !ip.IsLoopback() {
				fault(name, "port %s is published on %q, not on loopback", port.Published, port.HostIP)
			}
		}
		if len(s.Ports) > 0 && !hasHealthcheck(s) {
			fault(name, "is published without a healthcheck")
		}
		for other, dependency := range s.DependsOn {
			if dependency.Condition == types.ServiceConditionHealthy && !hasHealthcheck(p.Services[other]) {
				fault(name, "waits for the health of %s, which has no healthcheck", other)
			}
			if dependency.Condition == types.ServiceConditionStarted {
				fault(name, "depends on %s without a condition: it may start before %s can serve", other, other)
			}
		}
		if s.Restart == "" {
			fault(name, "has no restart policy")
		}
		if s.Build != nil {
			command := strings.Join(s.Command, " ")
			if twin, ok := commands[command]; ok {
				fault(name, "runs %q, as %s does", command, twin)
			}
			commands[command] = name
		}
	}
	return faults
}

func hasHealthcheck(s types.ServiceConfig) bool {
	return s.HealthCheck != nil && !s.HealthCheck.Disable && len(s.HealthCheck.Test) > 0
}

// checkDockerfile wants the images that it starts from pinned too.
func checkDockerfile(file string) (faults []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return []string{err.Error()}
	}
	for _, from := range regexp.MustCompile(`(?m)^FROM\s+(\S+)`).FindAllStringSubmatch(string(text), -1) {
		if image := from[1]; image != "scratch" && !pinned.MatchString(image) {
			faults = append(faults, "Dockerfile: image "+image+" is not pinned to a version")
		}
	}
	return faults
}

// checkBinary compares with what the binary says of itself: every command exists, every GREMIO_ name is known to the
// command that it is given to or to `gremio up`, which knows all of them.
func checkBinary(p *types.Project, binary string) (faults []string) {
	help := func(command []string) string {
		out, err := exec.Command(binary, append(slices.Clone(command), "--help")...).CombinedOutput()
		if err != nil {
			faults = append(faults, fmt.Sprintf("gremio %s --help: %v: %.200s", strings.Join(command, " "), err, out))
		}
		return string(out)
	}
	up := help([]string{"up"})
	for name, s := range p.Services {
		if s.Build == nil {
			continue
		}
		known := words(up + help(s.Command))
		for variable := range s.Environment {
			if strings.HasPrefix(variable, "GREMIO_") && !known[variable] {
				faults = append(faults, fmt.Sprintf("service %s: gremio does not know %s", name, variable))
			}
		}
		if hasHealthcheck(s) && s.HealthCheck.Test[0] == "CMD" {
			help(s.HealthCheck.Test[2:])
		}
	}
	return faults
}

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, name := range regexp.MustCompile(`GREMIO_[A-Z0-9_]+`).FindAllString(text, -1) {
		set[name] = true
	}
	return set
}
