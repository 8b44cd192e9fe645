package embedded

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A janitor drives dead members out of groups. kfake starts a member's session
// timer only when an answer to it could be sent: a member that is killed while it
// waits to join has none, and would hold its partitions for ever.
type janitor struct {
	mu      sync.Mutex
	members map[member]presence
	stop    context.CancelFunc
	done    chan struct{}
}

type member struct{ group, id string }

type presence struct {
	heard time.Time
	limit time.Duration // of silence: a member may wait for a join so long
}

// grace is what a member is given beyond its own timeouts.
const grace = 3 * time.Second

// watchMembers begins to look after the members of cluster's groups.
func watchMembers(cluster *kfake.Cluster) *janitor {
	ctx, cancel := context.WithCancel(context.Background())
	j := &janitor{members: map[member]presence{}, stop: cancel, done: make(chan struct{})}
	for _, request := range []kmsg.Request{&kmsg.JoinGroupRequest{}, &kmsg.SyncGroupRequest{}, &kmsg.HeartbeatRequest{}, &kmsg.LeaveGroupRequest{}} {
		cluster.ControlKey(request.Key(), func(r kmsg.Request) (kmsg.Response, error, bool) {
			j.hear(r, time.Now())
			return nil, nil, false
		})
	}
	go j.run(ctx, cluster.ListenAddrs()[0])
	return j
}

func (j *janitor) close() {
	j.stop()
	<-j.done
}

// hear notes that a member said something.
func (j *janitor) hear(r kmsg.Request, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch r := r.(type) {
	case *kmsg.JoinGroupRequest:
		if r.MemberID == "" {
			return // it has no name yet
		}
		j.members[member{r.Group, r.MemberID}] = presence{now, time.Duration(r.SessionTimeoutMillis+r.RebalanceTimeoutMillis)*time.Millisecond + grace}
	case *kmsg.SyncGroupRequest:
		j.again(member{r.Group, r.MemberID}, now)
	case *kmsg.HeartbeatRequest:
		j.again(member{r.Group, r.MemberID}, now)
	case *kmsg.LeaveGroupRequest:
		delete(j.members, member{r.Group, r.MemberID})
		for _, m := range r.Members {
			delete(j.members, member{r.Group, m.MemberID})
		}
	}
}

func (j *janitor) again(m member, now time.Time) {
	if p, known := j.members[m]; known {
		j.members[m] = presence{now, p.limit}
	}
}

// silent returns the members that were not heard for their limit, and forgets them.
func (j *janitor) silent(now time.Time) (gone []member) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for m, p := range j.members {
		if now.Sub(p.heard) > p.limit {
			gone = append(gone, m)
			delete(j.members, m)
		}
	}
	return gone
}

// run has silent members leave their groups. Most have left by themselves, or by
// their session's end: the broker says so, and that is all.
func (j *janitor) run(ctx context.Context, addr string) {
	defer close(j.done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		gone := j.silent(time.Now())
		if len(gone) == 0 {
			continue
		}
		client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DisableClientMetrics())
		if err != nil {
			continue
		}
		for _, m := range gone {
			leave := kmsg.NewPtrLeaveGroupRequest()
			leave.Group = m.group
			who := kmsg.NewLeaveGroupRequestMember()
			who.MemberID = m.id
			leave.Members = append(leave.Members, who)
			bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
			leave.RequestWith(bounded, client) // one that is not known any more has left
			cancel()
		}
		client.Close()
	}
}
