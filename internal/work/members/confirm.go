package members

import (
	"context"
	"slices"

	"gremio"
)

const (
	refusedUnknown = "there is no such application"
	refusedDecided = "the application is rejected already"
)

// learn applies what was found out about an application and returns why it
// cannot, if it cannot. It decides nothing.
func (b *memberBatch) learn(ctx context.Context, id string, note func(a gremio.Application) (refused string, err error)) (string, error) {
	a, found, err := b.tx.Application(ctx, id)
	switch {
	case err != nil:
		return "", err
	case !found:
		return refusedUnknown, nil
	case a.ErasedAt != nil:
		return refusedErased, nil
	case a.State == gremio.ApplicationIsRejected:
		return refusedDecided, nil
	}
	return note(a)
}

func (b *memberBatch) confirmed(ctx context.Context, d gremio.ApplicationConfirmed) (refused string, err error) {
	return b.learn(ctx, d.Application, func(gremio.Application) (string, error) { return "", b.tx.ConfirmContact(ctx, d) })
}

func (b *memberBatch) checked(ctx context.Context, d gremio.ApplicationChecked) (refused string, err error) {
	return b.learn(ctx, d.Application, func(a gremio.Application) (string, error) {
		known := slices.DeleteFunc(a.Antecedents, func(k gremio.Antecedent) bool { return k.Name == d.Antecedent })
		return "", b.tx.SetAntecedents(ctx, a.ID, append(known, gremio.Antecedent{Name: d.Antecedent, Met: d.Met, By: d.By, At: &d.At}))
	})
}

func (b *memberBatch) paid(ctx context.Context, d gremio.ApplicationPaid) (refused string, err error) {
	return b.learn(ctx, d.Application, func(a gremio.Application) (string, error) {
		if a.Tier != gremio.TierPremium {
			return "a basic application has no fee", nil
		}
		return "", b.tx.SetPayment(ctx, d)
	})
}

// asked sends the message again by which an e-mail is confirmed.
func (b *memberBatch) asked(ctx context.Context, e gremio.Event, d gremio.ConfirmationAsked) (refused string, err error) {
	return b.learn(ctx, d.Application, func(a gremio.Application) (string, error) {
		if !slices.Contains(a.Reasons, gremio.ReasonEmailUnconfirmed) {
			return "the application does not wait for its e-mail to be confirmed", nil
		}
		b.tell(gremio.NoticeOfConfirmation(a, e.ID, d.At))
		return "", nil
	})
}

// again judges an application once more after it was learned about.
func (b *memberBatch) again(ctx context.Context, application, refused string, err error) (string, error) {
	if err == nil && refused == "" {
		err = b.rejudge(ctx, application)
	}
	return refused, err
}
