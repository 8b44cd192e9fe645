package store

import "context"

// OnStep has fn told of each statement of a migration on MariaDB after it ran
// and before that is noted. An error is a kill at that moment.
func (s *Store) OnStep(fn func(version int64, step int) error) { s.onStep = fn }

// Exec runs a statement, to make a state that only a kill leaves.
func (s *Store) Exec(ctx context.Context, query string) error {
	_, err := s.writer.ExecContext(ctx, query)
	return err
}
