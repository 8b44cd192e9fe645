// Package main_test runs gremio as its operators do: real processes, their
// flags, HTTP, Kafka and SQL. Every case runs on the embedded parts, and on
// Apache Kafka and MariaDB where the environment names them.
package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// cases are what has to hold on either kind of parts.
var cases = []struct {
	name string
	run  func(*testing.T, *guild)
}{
	{"FirstClient", testFirstClient},
	{"FirstClientStock", testFirstClientStock},
	{"Deliveries", testDeliveries},
	{"Lanes", testLanes},
	{"PremiumFirst", testPremiumFirst},
	{"OneMemberEach", testOneMemberEach},
	{"FirstClientJoins", testFirstClientJoins},
	{"ConfirmedByMail", testConfirmedByMail},
	{"Erase", testErase},
	{"Bakery", testBakery},
	{"MemberLife", testMemberLife},
	{"WorkersLater", testWorkersLater},
	{"SentTwice", testSentTwice},
	{"SentTwiceUnapplied", testSentTwiceUnapplied},
	{"SentTogether", testSentTogether},
	{"IDsAsWritten", testIDsAsWritten},
	{"Kill", testKill},
	{"Rebuild", testRebuild},
	{"Rejected", testRejected},
	{"RetryCountsOnce", testRetryCountsOnce},
	{"Interrupt", testInterrupt},
	{"LogAway", testLogAway},
	{"Report", testReport},
	{"ReportWorker", testReportWorker},
	{"Settings", testSettings},
	{"Tokens", testTokens},
	{"Phones", testPhones},
	{"TokenCart", testTokenCart},
	{"FirstAdmin", testFirstAdmin},
	{"FirstLink", testFirstLink},
	{"HostileText", testHostileText},
	{"Notices", testNotices},
	{"Bounded", testBounded},
	{"Order", testOrder},
	{"Grow", testGrow},
	{"GrowKilledLate", testGrowKilledLate},
	{"GrowGivesUp", testGrowGivesUp},
	{"GrowFrozenAPI", testGrowFrozenAPI},
	{"MembersImport", testMembersImport},
	{"ImportKilled", testImportKilled},
	{"SalesImport", testSalesImport},
	{"SalesExport", testSalesExport},
}

func TestEmbedded(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // each has a broker and a file of its own
			c.run(t, newGuild(t, nil))
		})
	}
}

// TestReal shares one cluster, whose topics have fixed names: case follows case.
func TestReal(t *testing.T) {
	real := realParts(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, newGuild(t, real)) })
	}
	// SQLite is a file beside the process and cannot be away, so this is for MariaDB alone.
	t.Run("DatabaseAway", func(t *testing.T) { testDatabaseAway(t, newGuild(t, real)) })
	t.Run("DatabaseHangs", func(t *testing.T) { testDatabaseHangs(t, newGuild(t, real)) })
	t.Run("GrowDeafAPI", func(t *testing.T) { testGrowDeafAPI(t, newGuild(t, real)) })
	t.Run("SASL", func(t *testing.T) { testSASL(t, newGuild(t, real)) })
}

// real says where Apache Kafka and MariaDB are.
type real struct{ kafka, database string }

// realParts skips the test when the environment names no real parts, and fails
// it when they are required.
func realParts(t *testing.T) *real {
	r := &real{os.Getenv("GREMIO_TEST_KAFKA"), os.Getenv("GREMIO_TEST_DATABASE")}
	if r.kafka != "" && r.database != "" {
		return r
	}
	needReal(t, "GREMIO_TEST_KAFKA and GREMIO_TEST_DATABASE name no Apache Kafka and MariaDB: scripts/real-parts run -- go test ./cmd/gremio/... brings both")
	return nil
}

func needReal(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("GREMIO_TEST_REAL") == "required" {
		t.Fatal("GREMIO_TEST_REAL is required, but ", why)
	}
	t.Skip(why)
}

// binary is the program under test.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m.Run)) }

// withBinary takes the program that GREMIO_BIN names, else builds it once.
func withBinary(run func() int) int {
	if binary = os.Getenv("GREMIO_BIN"); binary != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "gremio-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gremio")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build gremio: %v\n%s", err, out)
		return 1
	}
	return run()
}
