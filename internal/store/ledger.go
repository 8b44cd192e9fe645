package store

import (
	"context"
	"database/sql"

	"gremio"
)

// LockLedger reads where a cart's ledger ends, its level locked for this
// transaction, and reports whether the cart has one.
func (t *Tx) LockLedger(ctx context.Context, plate gremio.Plate) (*gremio.StockLedger, bool, error) {
	var last gremio.StockMove
	var at int64
	found, err := t.one(ctx, "read a level",
		"SELECT units, last_figure, updated_at, event_key FROM {stock_levels} WHERE cart_id = ?"+t.d.lockRows,
		[]any{gremio.CartOf(plate)}, &last.After.Units, &last.After.LastFigure, &at, &last.Key)
	if err != nil || !found {
		return gremio.NewStockLedger(plate, nil, nil), false, err
	}
	last.At = instant(at)
	return gremio.NewStockLedger(plate, &last, nil), true, nil
}

// AddLevel makes the level of a cart that has none and reports whether it had
// none: another member of the group may meet a new cart at the same time.
func (t *Tx) AddLevel(ctx context.Context, plate gremio.Plate, l gremio.Level) (bool, error) {
	n, err := t.exec(ctx, "add a level",
		t.d.ignore+"{stock_levels} (cart_id, plate, units, last_figure, updated_at) VALUES (?, ?, ?, ?, 0)",
		gremio.CartOf(plate), string(plate), l.Units, l.LastFigure)
	return n == 1, err
}

const moveColumns = "moved_at, event_key, kind, units, figure, initial, units_after, last_figure_after"

// ReadMoves returns the cart's ledger as far back as first, or farther, so that
// first can be added. The cart's level must be locked.
func (t *Tx) ReadMoves(ctx context.Context, plate gremio.Plate, first gremio.StockMove) (*gremio.StockLedger, error) {
	read := func(from gremio.StockMove, end string) (moves []gremio.StockMove, err error) {
		at := micros(from.At)
		err = t.each(ctx, "read a cart's moves", "SELECT "+moveColumns+" FROM {stock_moves} WHERE cart_id = ? AND "+end,
			[]any{gremio.CartOf(plate), at, at, from.Key}, func(row scanner) error {
				var m gremio.StockMove
				var at int64
				var units, figure, unitsAfter, figureAfter sql.NullInt64
				err := row.Scan(&at, &m.Key, &m.Kind, &units, &figure, &m.Initial, &unitsAfter, &figureAfter)
				m.At, m.Units, m.Figure = instant(at), intOrNil(units), intOrNil(figure)
				m.After = gremio.Level{Units: int(unitsAfter.Int64), LastFigure: int(figureAfter.Int64)}
				moves = append(moves, m)
				return err
			})
		return moves, err
	}
	checkpoint, err := read(first, "units_after IS NOT NULL AND (moved_at < ? OR moved_at = ? AND event_key < ?) ORDER BY moved_at DESC, event_key DESC LIMIT 1")
	if err != nil {
		return nil, err
	}
	if len(checkpoint) == 0 {
		moves, err := read(gremio.StockMove{At: instant(-1 << 62)}, "(moved_at > ? OR moved_at = ? AND event_key >= ?) ORDER BY moved_at, event_key")
		return gremio.NewStockLedger(plate, nil, moves), err
	}
	moves, err := read(checkpoint[0], "(moved_at > ? OR moved_at = ? AND event_key > ?) ORDER BY moved_at, event_key")
	return gremio.NewStockLedger(plate, &checkpoint[0], moves), err
}

// SaveLedgers stores what is new in ledgers, and the levels that follow.
func (t *Tx) SaveLedgers(ctx context.Context, ledgers []*gremio.StockLedger) error {
	var moves, levels [][]any
	for _, l := range ledgers {
		cart, changed := gremio.CartOf(l.Plate), l.Changed()
		if len(changed) == 0 {
			continue
		}
		for _, m := range changed {
			var units, figure any
			if m.Checkpoint() {
				units, figure = m.After.Units, m.After.LastFigure
			}
			moves = append(moves, []any{cart, micros(m.At), m.Key, m.Kind, orNull(m.Units), orNull(m.Figure), m.Initial, units, figure})
		}
		newest := l.Newest()
		levels = append(levels, []any{cart, string(l.Plate), newest.After.Units, newest.After.LastFigure, micros(newest.At), newest.Key})
	}
	if err := t.insertMany(ctx, "store moves", "INSERT INTO {stock_moves} (cart_id, "+moveColumns+") VALUES",
		t.d.onConflict("cart_id, moved_at, event_key", "units_after = new(units_after)", "last_figure_after = new(last_figure_after)"), moves); err != nil {
		return err
	}
	return t.insertMany(ctx, "store levels", "INSERT INTO {stock_levels} (cart_id, plate, units, last_figure, updated_at, event_key) VALUES",
		t.d.onConflict("cart_id", "units = new(units)", "last_figure = new(last_figure)", "updated_at = new(updated_at)", "event_key = new(event_key)"), levels)
}
