//go:build torture

package work

import (
	"os"
	"strings"
	"syscall"
	"time"
)

// point obeys the file that GREMIO_POINTS names, if it is there and holds this
// point's name: it removes the file and then, by the second word,
//
//	kill  ends the process with SIGKILL, here
//	hold  holds this goroutine alone until FILE.go appears
func point(name string) {
	file := os.Getenv("GREMIO_POINTS")
	if file == "" {
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	words := strings.Fields(string(text))
	if len(words) != 2 || words[0] != name || os.Remove(file) != nil {
		return // for another point, or another goroutine was faster
	}
	switch words[1] {
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute) // never more than an instant
	case "hold":
		for {
			if _, err := os.Stat(file + ".go"); err == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
