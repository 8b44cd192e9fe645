package store

// OnStep has fn told of each statement of a migration on MariaDB after it ran
// and before that is noted. An error is a kill at that moment.
func (s *Store) OnStep(fn func(version int64, step int) error) { s.onStep = fn }
