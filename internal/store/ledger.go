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
		return &gremio.StockLedger{Plate: plate}, false, err
	}
	last.At = instant(at)
	return &gremio.StockLedger{Plate: plate, Before: &last}, true, nil
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

// ReadMoves reads the cart's moves from first on into its ledger, so that first
// can be added. The cart's level must be locked.
func (t *Tx) ReadMoves(ctx context.Context, l *gremio.StockLedger, first gremio.StockMove) error {
	cart, at := gremio.CartOf(l.Plate), micros(first.At)
	read := func(moves *[]gremio.StockMove, end string) error {
		return t.each(ctx, "read a cart's moves", "SELECT "+moveColumns+" FROM {stock_moves} WHERE cart_id = ? AND "+end,
			[]any{cart, at, at, first.Key}, func(row scanner) error {
				var m gremio.StockMove
				var at int64
				var units, figure sql.NullInt64
				err := row.Scan(&at, &m.Key, &m.Kind, &units, &figure, &m.Initial, &m.After.Units, &m.After.LastFigure)
				m.At, m.Units, m.Figure = instant(at), intOrNil(units), intOrNil(figure)
				*moves = append(*moves, m)
				return err
			})
	}
	var before []gremio.StockMove
	if err := read(&before, "(moved_at < ? OR moved_at = ? AND event_key < ?) ORDER BY moved_at DESC, event_key DESC LIMIT 1"); err != nil {
		return err
	}
	l.Before, l.Moves = nil, nil
	if len(before) == 1 {
		l.Before = &before[0]
	}
	return read(&l.Moves, "(moved_at > ? OR moved_at = ? AND event_key >= ?) ORDER BY moved_at, event_key")
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
			moves = append(moves, []any{cart, micros(m.At), m.Key, m.Kind, orNull(m.Units), orNull(m.Figure), m.Initial, m.After.Units, m.After.LastFigure})
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
