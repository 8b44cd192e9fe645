package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"gremio"
)

// AuditCSV writes the audit log as CSV, a page at a time. pages returns the page
// behind a cursor, the first for "".
func AuditCSV(w io.Writer, pages func(after string) ([]gremio.AuditEntry, string, error)) error {
	out := csv.NewWriter(w)
	out.Write([]string{"id", "at", "actor", "actor_name", "action", "about", "detail", "address"})
	for after := ""; ; {
		page, next, err := pages(after)
		if err != nil {
			return err
		}
		for _, e := range page {
			out.Write([]string{strconv.FormatInt(e.ID, 10), e.At.Format(time.RFC3339Nano), harmless(e.Actor), harmless(e.ActorName), harmless(e.Action),
				harmless(strings.Join(e.About, " ")), harmless(e.Detail), harmless(e.Address)})
		}
		if out.Flush(); out.Error() != nil || next == "" {
			return out.Error()
		}
		after = next
	}
}
