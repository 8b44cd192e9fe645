package simulate

import (
	"regexp"
	"testing"
	"time"

	"gremio"

	"github.com/google/go-cmp/cmp"
)

func TestSameSeedIsSamePlan(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(newPlan(7, 60), newPlan(7, 60)); diff != "" {
		t.Errorf("two plans of one seed differ:\n%s", diff)
	}
	if cmp.Equal(newPlan(7, 60), newPlan(8, 60)) {
		t.Error("two seeds gave one plan")
	}
	a, b := stream(7, forSales, 3), stream(7, forSales, 3)
	p := newPlan(7, 60)[3]
	for range 50 {
		if x, y := p.nextPurchase(a), p.nextPurchase(b); x != y {
			t.Fatalf("clients of one seed differ: %v, %v", x, y)
		}
	}
}

func TestPlanIsPlausible(t *testing.T) {
	t.Parallel()
	format := regexp.MustCompile(`^([WXYZ][B-DF-HJ-NP-TV-Z]{3}[0-9]{2}|[123])$`)
	plates, ids, wrong, premium := map[string]bool{}, map[string]bool{}, 0, 0
	for i, p := range newPlan(1, 200) {
		if !format.MatchString(p.Plate) || plates[p.Plate] || ids[p.ApplicationID] {
			t.Errorf("cart %d: plate %q, application %s", i, p.Plate, p.ApplicationID)
		}
		plates[p.Plate], ids[p.ApplicationID] = true, true
		if _, err := gremio.ParseRUT(p.Who.RUT); err != nil {
			wrong++
		}
		plate, err := gremio.ParsePlate(p.Plate)
		_, badPhone := gremio.ParsePhone(p.Who.Phone)
		_, badEmail := gremio.ParseEmail(p.Who.Email)
		if err != nil || badPhone != nil || badEmail != nil || plate.Recognised() == (p.Dialect == firstGrid) {
			t.Errorf("cart %d would wait for more than its flaw: %v, %v, %v, %+v", i, err, badPhone, badEmail, p.Who)
		}
		if p.Who.Premium {
			premium++
		}
		for at := planned; at.Before(planned.Add(time.Hour)); at = at.Add(7 * time.Second) {
			f, next := p.Route.at(at), p.Route.at(at.Add(time.Second))
			east, north := f.to(next.point)
			if f.Speed > 1.5 || f.Heading < 0 || f.Heading >= 360 || east*east+north*north > 1.5*1.5 {
				t.Fatalf("cart %d is no walker: %+v then %+v", i, f, next)
			}
		}
	}
	if wrong < 3 || wrong > 8 || premium < 5 || premium > 60 {
		t.Errorf("%d applications fail their RUT, %d are premium", wrong, premium)
	}
}
