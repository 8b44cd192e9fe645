package main

import (
	"context"
	"log/slog"
	"os"

	"gremio"
	"gremio/internal/store"
)

// applyErasures takes away the keys and accounts of erased persons that a
// restored backup has brought back, before anybody is shown anything.
func applyErasures(ctx context.Context, s *store.Store, p parts, logger *slog.Logger) error {
	n, err := p.erasures().Apply(ctx, s)
	if n > 0 {
		logger.Warn("the database had erased persons again, as a restored backup does: they are gone once more", "persons", n)
	}
	return err
}

// checkErasures sees that the list can be added to before anybody asks to be forgotten.
func (p parts) checkErasures() error {
	if p.Erasures == "" { // else a disk that is not mounted would be taken for an empty one
		if err := os.MkdirAll(p.Data, 0o750); err != nil {
			return gremio.Wrap(gremio.Invalid, err, "make the folder of the list of erased persons")
		}
	}
	return p.erasures().Check()
}

// completeErasures puts back on the list whom the database knows to be erased: a
// list that was lost, or another file by mistake, would bring them back after a
// restore.
func (h *house) completeErasures(ctx context.Context) {
	list := h.parts.erasures()
	added, err := list.Complete(ctx, h.store)
	switch {
	case err != nil:
		h.logger.Error("the list of erased persons could not be compared with the database", "list", list.File, "because", err)
	case added > 0:
		h.logger.Warn("the list of erased persons lacked some whom the database knows: they are on it again. Is it the right file, and is the disk there that it is kept on?",
			"persons", added, "list", list.File)
	}
}
