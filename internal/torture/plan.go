package torture

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// newRand returns the dice of one part of a run; the same seed and name throw
// the same.
func newRand(seed uint64, name string) *rand.Rand {
	var mixed uint64 = 14695981039346656037
	for _, c := range []byte(name) {
		mixed = (mixed ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, mixed))
}

// Plan returns the blows of a run: as many of each kind as wanted, mixed. Those
// on gremio in one process come together, since all must be ended for them.
func Plan(seed uint64, wanted map[Kind]int) []Blow {
	dice := newRand(seed, "plan")
	var blows, up []Blow
	for _, k := range slices.Sorted(maps.Keys(wanted)) {
		for range wanted[k] {
			b := Blow{Kind: k, Worker: readers[dice.IntN(len(readers))], Chance: dice.Float64(), Pause: dice.Float64()}
			switch k {
			case Up:
				up = append(up, b)
				continue
			case Published: // these derive events
				b.Worker = []string{"stock", "positions", "members"}[dice.IntN(3)]
			case ZombieTick:
				b.Worker = "stock"
			}
			blows = append(blows, b)
		}
	}
	dice.Shuffle(len(blows), func(i, j int) { blows[i], blows[j] = blows[j], blows[i] })
	at := dice.IntN(len(blows) + 1)
	return append(blows[:at:at], append(up, blows[at:]...)...)
}
