package sheet

import (
	"io"
	"slices"

	"gremio"
)

// StockWriters write the dough on every cart, by the extension of the file; "excel"
// is CSV for Excel in Spanish.
func StockWriters() map[string]func(io.Writer, []gremio.StockLevel) error {
	return fileWriters(stockTable)
}

// ReplenishmentWriters write replenishments likewise.
func ReplenishmentWriters() map[string]func(io.Writer, []gremio.Replenishment) error {
	return fileWriters(replenishmentTable)
}

// DeliveryWriters write deliveries likewise, a row for each stop.
func DeliveryWriters() map[string]func(io.Writer, []gremio.Delivery) error {
	return fileWriters(deliveryTable)
}

// StockText writes the dough on every cart for a terminal.
func StockText(w io.Writer, levels []gremio.StockLevel) error {
	return stockTable(levels, excelTime).text(w, "plate", "units", "initial", "threshold", "updated_at", "runs_out_at")
}

// DeliveryText writes deliveries for a terminal, a row for each stop.
func DeliveryText(w io.Writer, deliveries []gremio.Delivery) error {
	return deliveryTable(deliveries, excelTime).text(w, "delivery", "state", "prepared_at", "depot", "stop", "plate", "units", "stop_state", "expected_at", "confirmed_at", "fail_reason")
}

func stockTable(levels []gremio.StockLevel, at timeText) table {
	t := table{"Masas", []string{"plate", "units", "initial", "threshold", "updated_at", "runs_out_at", "earliest", "latest"}, nil}
	for _, l := range levels {
		var f gremio.StockForecast
		if l.Forecast != nil {
			f = *l.Forecast
		}
		t.rows = append(t.rows, []any{string(l.Plate), l.Units, l.Initial, l.Threshold, at.or(l.UpdatedAt), at.or(f.RunsOutAt), at.or(f.Earliest), at.or(f.Latest)})
	}
	return t
}

func replenishmentTable(all []gremio.Replenishment, at timeText) table {
	t := table{"Reposiciones", []string{"replenishment", "plate", "state", "level", "delivery", "opened_at", "closed_at", "close_reason"}, nil}
	for _, r := range all {
		t.rows = append(t.rows, []any{r.ID, string(r.Plate), r.State, r.Level, r.Delivery, at(r.OpenedAt), at.or(r.ClosedAt), r.CloseReason})
	}
	return t
}

func deliveryTable(all []gremio.Delivery, at timeText) table {
	t := table{"Repartos", []string{"delivery", "state", "why", "depot", "prepared_at", "loaded_at", "left_at", "done_at", "cancelled_at", "cancel_reason",
		"stop", "plate", "units", "stop_state", "expected_at", "confirmed_at", "confirmed_units", "failed_at", "fail_reason", "replenishment"}, nil}
	for _, d := range all {
		depot := ""
		if d.Depot != nil {
			depot = harmless(d.Depot.Name)
		}
		of := []any{d.ID, d.State, d.Why, depot, at(d.PreparedAt), at.or(d.LoadedAt), at.or(d.LeftAt), at.or(d.DoneAt), at.or(d.CancelledAt), harmless(d.CancelReason)}
		for i, s := range d.Stops {
			t.rows = append(t.rows, append(slices.Clip(of), i+1, string(s.Plate), s.Units, s.State, at.or(s.ExpectedAt), at.or(s.ConfirmedAt), value(s.ConfirmedUnits),
				at.or(s.FailedAt), harmless(s.FailReason), s.Replenishment))
		}
	}
	return t
}
