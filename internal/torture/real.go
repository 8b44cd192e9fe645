package torture

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// realParts are Apache Kafka and MariaDB, run by scripts/real-parts.
type realParts struct {
	script string
	dir    string
	nodes  int
	kafka  []string
	dsn    string
}

// startReal starts nodes Kafka nodes and a MariaDB in dir.
func startReal(script, dir string, nodes int) (*realParts, error) {
	r := &realParts{script: script, dir: dir, nodes: nodes}
	out, err := r.run("start", "--brokers", fmt.Sprint(nodes))
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		value = strings.Trim(value, "'")
		switch name {
		case "GREMIO_TEST_KAFKA":
			r.kafka = strings.Split(value, ",")
		case "GREMIO_TEST_DATABASE":
			r.dsn = value
		}
	}
	if len(r.kafka) != nodes || r.dsn == "" {
		return nil, fmt.Errorf("%s start said nothing of its parts: %s", script, out)
	}
	return r, nil
}

func (r *realParts) run(args ...string) ([]byte, error) {
	cmd := exec.Command(r.script, args...)
	cmd.Env = append(os.Environ(), "GREMIO_REAL_PARTS="+r.dir)
	// What the parts inherit must not keep us waiting for their end.
	out, err := os.CreateTemp("", "real-parts-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	problems, err := os.OpenFile(filepath.Join(os.TempDir(), "real-parts-torture.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	defer problems.Close()
	cmd.Stdout, cmd.Stderr = out, problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w (see %s)", r.script, strings.Join(args, " "), err, problems.Name())
	}
	return os.ReadFile(out.Name())
}

func (r *realParts) stop() { r.run("stop", "--remove") }

func (r *realParts) killKafka(node int) error {
	_, err := r.run("stop-kafka", fmt.Sprint(node), "--kill")
	return err
}

func (r *realParts) startKafka(node int) error {
	_, err := r.run("start-kafka", fmt.Sprint(node))
	return err
}

func (r *realParts) killMariaDB() error {
	_, err := r.run("stop-mariadb", "--kill")
	return err
}

func (r *realParts) startMariaDB() error {
	_, err := r.run("start-mariadb")
	return err
}
