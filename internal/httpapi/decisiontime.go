package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

type decisionStore interface {
	DecisionTimes(ctx context.Context, since time.Time) (map[gremio.Tier][]time.Duration, error)
	WaitingTiers(ctx context.Context) ([]gremio.WaitingTier, error)
}

// decisionTimes shows how long applicants wait for a decision.
func (a *api) decisionTimes() {
	type none struct{}
	register(a, op(gremio.ActApplicationList, http.MethodGet, "/v1/decision-times", "read-decision-times", "How long applications take to be decided, by tier",
		describe("Decisions of the last 30 days, and who waits now. From the receipt of the application to the decision, by machine or by a person.")),
		func(ctx context.Context, _ *none) (*listOutput[gremio.DecisionTime], error) {
			now := a.Now()
			took, err := a.Store.DecisionTimes(ctx, now.AddDate(0, 0, -gremio.DecisionTimeDays))
			if err != nil {
				return nil, err
			}
			waiting, err := a.Store.WaitingTiers(ctx)
			if err != nil {
				return nil, err
			}
			return listOf(gremio.DecisionTimesOf(took, waiting, a.settings.get(ctx), now), "", nil)
		})
}
