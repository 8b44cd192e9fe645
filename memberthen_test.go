package gremio

import (
	"testing"
	"time"
)

func TestMemberAt(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }
	end := at(20)
	held := []Holding{{Plate: "B", From: at(5)}, {Plate: "A", From: at(1), Until: ptr(at(6))}}
	history := []MemberEvent{{Kind: "joined", At: at(1), Tier: TierBasic}, {Kind: "changed", At: at(2), Tier: TierPremium},
		{Kind: "suspended", At: at(3), Reason: "late", Until: &end}, {Kind: "suspended", At: at(4), Reason: "later"}, {Kind: "resumed", At: at(7)}, {Kind: "left", At: at(8)}, {Kind: "returned", At: at(9)}}
	for n, want := range map[int]Member{
		2:  {Tier: TierBasic, Plate: "A", State: MemberActive},
		3:  {Tier: TierPremium, Plate: "A", State: MemberActive},
		4:  {Tier: TierPremium, Plate: "A", State: MemberIsSuspended, SuspendedAt: ptr(at(3)), SuspendedUntil: &end, SuspendedReason: "late"},
		6:  {Tier: TierPremium, Plate: "A", State: MemberIsSuspended, SuspendedAt: ptr(at(3)), SuspendedReason: "later"},
		8:  {Tier: TierPremium, Plate: "B", State: MemberActive},
		9:  {Tier: TierPremium, Plate: "B", State: MemberHasLeft, LeftAt: ptr(at(8))},
		10: {Tier: TierPremium, Plate: "B", State: MemberActive},
	} {
		now := Member{Tier: "of later", Plate: "Z", State: MemberHasLeft, LeftAt: &end, SuspendedReason: "x"}
		got := now.At(at(n), history, held)
		if !sameMember(got, want) {
			t.Errorf("on the %dth: %+v, want %+v", n, got, want)
		}
	}
}

func sameMember(a, b Member) bool {
	same := func(a, b *time.Time) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(*b) }
	return a.Tier == b.Tier && a.Plate == b.Plate && a.State == b.State && a.SuspendedReason == b.SuspendedReason &&
		same(a.LeftAt, b.LeftAt) && same(a.SuspendedAt, b.SuspendedAt) && same(a.SuspendedUntil, b.SuspendedUntil)
}

func ptr[T any](v T) *T { return &v }
