package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"gremio"
	"gremio/internal/sheet"
)

type membersImportCmd struct {
	File           string            `arg:"" help:"CSV or .xlsx. The columns are known by their names: Nombre, Apellido, RUT, Correo, Teléfono, Patente, Tipo, Consentimiento." type:"existingfile"`
	DryRun         bool              `help:"Show every problem by line and send nothing."`
	SkipBad        bool              `help:"Send the good lines though others have problems."`
	Sheet          string            `help:"Of a workbook; the first when absent."`
	Map            map[string]string `help:"What the file calls a column otherwise: --map \"Celular 2=phone\"" placeholder:"NAME=COLUMN"`
	Tier           gremio.Tier       `help:"Of lines that say none." enum:"basic,premium" default:"basic"`
	ConsentVersion string            `help:"Of the text that those who agreed to be followed were shown." placeholder:"VERSION"`
	FileOnly       bool              `help:"With --dry-run: look at the file alone, not at members and applications."`
	Result         string            `help:"What became of each line, CSV; FILE.result.csv when absent." type:"path" placeholder:"FILE"`
	URL            string            `help:"The api." default:"http://127.0.0.1:3000"`
	Token          string            `help:"Of a program that may see and take in applications (gremio token add lista --scopes role:office); better in GREMIO_TOKEN."`
	Wait           time.Duration     `help:"At most, for the decisions." default:"2m"`
	Patience       time.Duration     `help:"At most, while the api is away." default:"5m"`
}

// An importLine is a line of the list, and what became of it.
type importLine struct {
	sheet.MemberLine
	id      string // of its application
	known   bool   // an earlier run has sent it
	there   string // the member or application that it is already
	outcome string
	reasons []string
	plate   gremio.Plate
}

// What becomes of a line.
const (
	lineNotSent  = "not_sent"
	lineThere    = "already_there"
	lineRefused  = "refused"
	lineSent     = "sent" // and not decided yet when the waiting ended
	lineApproved = gremio.ApplicationIsApproved
	lineWaits    = gremio.ApplicationWaiting
	lineRejected = gremio.ApplicationIsRejected
)

func (l importLine) isGood() bool { return len(l.Problems) == 0 && l.there == "" }

func (c membersImportCmd) Run(ctx context.Context) error {
	if c.FileOnly && !c.DryRun {
		return gremio.Errorf(gremio.Invalid, "--file-only goes with --dry-run: what is sent is compared with who is there")
	}
	file, err := sheet.ReadMemberFile(c.File, sheet.MemberFileOptions{Sheet: c.Sheet, Columns: c.Map, Tier: c.Tier, ConsentVersion: c.ConsentVersion})
	if err != nil {
		return err
	}
	lines := make([]importLine, len(file.Lines))
	for i, l := range file.Lines {
		lines[i] = importLine{MemberLine: l, outcome: lineNotSent}
	}
	if err := c.nameLines(lines); err != nil {
		return err
	}
	office := &officeClient{base: strings.TrimRight(c.URL, "/"), token: c.Token, patience: c.Patience}
	if !c.FileOnly {
		there, err := office.everybody(ctx)
		if err != nil {
			return err
		}
		there.compare(file, lines)
	}
	bad := c.tellProblems(file, lines)
	switch {
	case bad > 0 && (c.DryRun || !c.SkipBad):
		return gremio.Errorf(gremio.Invalid, "%d problems: nothing was sent; correct the file, or send the good lines with --skip-bad", bad)
	case c.DryRun:
		fmt.Println("nothing was sent")
		return nil
	}
	return c.send(ctx, office, lines)
}

// send sends the good lines, waits for what becomes of them and writes it down.
func (c membersImportCmd) send(ctx context.Context, office *officeClient, lines []importLine) error {
	failed := office.send(ctx, lines)
	if failed == nil {
		waiting, cancel := context.WithTimeout(ctx, c.Wait)
		failed = office.decisions(waiting, lines)
		cancel()
		if ctx.Err() == nil && waiting.Err() != nil {
			failed = nil // what is not decided yet is told as sent
		}
	}
	result := c.Result
	if result == "" {
		result = c.File + ".result.csv"
	}
	if err := writeResult(result, lines); err != nil {
		return err
	}
	counts := map[string]int{}
	for _, l := range lines {
		counts[l.outcome]++
	}
	fmt.Printf("%d approved, %d wait for a person, %d sent and not decided yet, %d already there, %d rejected, %d refused, %d not sent\n%s\n",
		counts[lineApproved], counts[lineWaits], counts[lineSent], counts[lineThere], counts[lineRejected], counts[lineRefused], counts[lineNotSent], result)
	switch {
	case failed != nil:
		fmt.Fprintln(os.Stderr, "the import did not come to its end: run it again, and nothing counts twice")
		return failed
	case counts[lineRefused] > 0:
		return gremio.Errorf(gremio.Invalid, "%d lines were refused: %s says why", counts[lineRefused], result)
	}
	return nil
}

// tellProblems prints every problem by line, then what there is in the file, and
// returns how many problems there are.
func (c membersImportCmd) tellProblems(file sheet.MemberFile, lines []importLine) int {
	problems := file.Problems
	good, there, premium := 0, 0, 0
	doubts := map[string]int{}
	for _, l := range lines {
		problems = append(problems, l.Problems...)
		switch {
		case len(l.Problems) > 0:
			continue
		case l.there != "":
			there++
			continue
		}
		if good++; l.Tier == gremio.TierPremium {
			premium++
		}
		for _, reason := range l.Personal.Doubts(l.Consent) {
			doubts[reason]++
		}
	}
	tellLines(problems)
	fmt.Printf("%d lines: %d good (%d premium), %d already there, %d with problems\n", len(lines), good, premium, there, len(lines)-good-there)
	for _, reason := range []string{gremio.ReasonRUTMissing, gremio.ReasonRUTRepeated, gremio.ReasonOtherDocument, gremio.ReasonPhoneMissing, gremio.ReasonConsentMissing} {
		if doubts[reason] > 0 {
			fmt.Printf("%d of the good ones will wait for a person: %s\n", doubts[reason], reason)
		}
	}
	if len(file.Unread) > 0 {
		fmt.Printf("columns that are not read: %s\n", short(strings.Join(file.Unread, ", "), 200))
	}
	return len(problems)
}
