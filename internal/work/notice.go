package work

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// A Sender takes notices to people. Destinations names, for ever alike and
// without secrets, where an audience's notices go; none when nobody wants them.
type Sender interface {
	Destinations(to gremio.Audience) []string
	// Send takes one notice to one destination. The error is Unavailable when the
	// destination does not answer, Invalid when it can never take this notice;
	// after any other the notice is tried again, and other notices meanwhile.
	Send(ctx context.Context, destination string, n gremio.Notice) error
}

// NoticeTx is what sending needs of a transaction.
type NoticeTx interface {
	AddNotices(ctx context.Context, worker string, notices []gremio.Notice) error
	ClaimNotices(ctx context.Context, ids []string, owner string, now, until time.Time) ([]gremio.ClaimedNotice, error)
	HoldNotice(ctx context.Context, id, owner string, until time.Time) (bool, error)
	AddNoticeSent(ctx context.Context, id, destination string, at time.Time) error
	DeleteNotice(ctx context.Context, id, owner string) error
	ReleaseNotice(ctx context.Context, id, owner string, attempts int, next time.Time) error
}

// NoticeReader is what sending reads.
type NoticeReader interface {
	NoticesDue(ctx context.Context, worker string, now time.Time, limit int) ([]string, error)
	NoticesWaiting(ctx context.Context, worker string) (int, error)
}

// NoticeMetrics are what all loops of a process count of notices.
type NoticeMetrics struct {
	Sent    *prometheus.CounterVec
	Failed  *prometheus.CounterVec
	GivenUp *prometheus.CounterVec
	Waiting *prometheus.GaugeVec
}

// NewNoticeMetrics registers the metrics of notices.
func NewNoticeMetrics(r prometheus.Registerer) *NoticeMetrics {
	m := &NoticeMetrics{
		Sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gremio_notices_sent_total", Help: "Notices that a destination took."}, []string{"worker", "destination"}),
		Failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gremio_notices_failed_total", Help: "Attempts that failed; each is made again."}, []string{"worker", "destination"}),
		GivenUp: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gremio_notices_given_up_total", Help: "Notices that were given up before all their destinations had them."}, []string{"worker"}),
		Waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "gremio_notices_waiting", Help: "Notices that not all their destinations have, as the process that sends them sees it."}, []string{"worker"}),
	}
	r.MustRegister(m.Sent, m.Failed, m.GivenUp, m.Waiting)
	return m
}

const (
	noticesEvery   = time.Second
	noticesAtOnce  = 20
	noticeSend     = 20 * time.Second // the longest that one sending takes
	noticeClaim    = 45 * time.Second // how long a dead process keeps its notices from others
	noticeSlow     = 2 * time.Second  // a destination that takes longer is not waited for
	noticeLeast    = 5 * time.Second  // until the next attempt, doubled each time,
	noticeMost     = 10 * time.Minute // up to this
	noticesCounted = 10 * time.Second
	noticeLast     = 2 * time.Second // for what is in hand when the process ends
)

// wanted leaves of notices those that somebody gets, so that nothing piles up
// where no destination is configured.
func (l *Loop[T]) wanted(notices []gremio.Notice) []gremio.Notice {
	if l.Sender == nil {
		return nil
	}
	var some []gremio.Notice
	for _, n := range notices {
		if len(l.Sender.Destinations(n.Audience)) > 0 {
			some = append(some, n)
		}
	}
	return some
}

// A messenger sends the notices of one worker while this process leads. What
// fails waits in the table by itself: it holds up neither other notices nor
// other destinations, nor the worker's batches and outbox.
type messenger[T Tx] struct {
	l     *Loop[T]
	owner string // of claims: this run of this process
	woken chan struct{}
	runs  sync.WaitGroup
	last  context.Context // ends a little after the loop's: what is begun is noted, but nobody waits for a database that is away

	mu       sync.Mutex
	inFlight map[string]bool      // notices that this process has claimed
	busy     map[string]time.Time // since when a destination works on one notice
	warned   map[string]bool      // destinations that are known to be down
}

func newMessenger[T Tx](l *Loop[T]) *messenger[T] {
	return &messenger[T]{l: l, owner: uuid.NewString(), woken: make(chan struct{}, 1),
		inFlight: map[string]bool{}, busy: map[string]time.Time{}, warned: map[string]bool{}}
}

// notify sends the worker's notices until ctx ends.
func (l *Loop[T]) notify(ctx context.Context) {
	m := newMessenger(l)
	last, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	m.last = last
	context.AfterFunc(ctx, func() { time.AfterFunc(noticeLast, giveUp) })
	defer m.runs.Wait()
	ticker := time.NewTicker(noticesEvery)
	defer ticker.Stop()
	var counted time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.woken:
		case <-ticker.C:
		}
		if l.leader() == nil {
			l.NoticeMetrics.Waiting.DeleteLabelValues(l.Worker.Name) // another process counts them
			continue
		}
		if l.Now().Sub(counted) >= noticesCounted {
			if n, err := l.Store.NoticesWaiting(ctx, l.Worker.Name); err == nil {
				l.NoticeMetrics.Waiting.WithLabelValues(l.Worker.Name).Set(float64(n))
				counted = l.Now()
			}
		}
		if err := m.round(ctx); err != nil && ctx.Err() == nil {
			l.Logger.Warn("worker keeps its notices for now", "worker", l.Worker.Name, "because", err)
		}
	}
}

// round claims a few notices and starts to send them. It does not wait.
func (m *messenger[T]) round(ctx context.Context) error {
	if m.working() {
		return nil // its destinations are at it; the next round comes when they are done
	}
	ids, err := m.l.Store.NoticesDue(ctx, m.l.Worker.Name, m.l.Now(), noticesAtOnce)
	if err != nil || len(ids) == 0 {
		return err
	}
	claimed, err := m.claim(ctx, ids)
	if err != nil {
		return err
	}
	m.start(ctx, claimed, len(ids) == noticesAtOnce)
	return nil
}

// claim takes notices under the worker's own fence: a process that lost its
// partition, or wakes up late, claims none.
func (m *messenger[T]) claim(ctx context.Context, ids []string) (claimed []gremio.ClaimedNotice, err error) {
	p := m.l.leader()
	if p == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := gremio.Instant(m.l.Now())
	err = m.l.Store.Update(ctx, func(tx T) (err error) {
		if err = tx.Advance(ctx, m.l.Worker.Name, p.offset, p.offset.Next, now); err != nil {
			return err
		}
		claimed, err = tx.ClaimNotices(ctx, ids, m.owner, now, now.Add(noticeClaim))
		return err
	})
	m.l.fenced(m.l.Worker.Topics[0], err)
	return claimed, err
}

// working reports whether a destination is at work that need only be waited for.
func (m *messenger[T]) working() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, since := range m.busy {
		if m.l.Now().Sub(since) < noticeSlow {
			return true
		}
	}
	return false
}

// take marks a destination as at work, unless it is.
func (m *messenger[T]) take(destination string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, busy := m.busy[destination]; busy {
		return false
	}
	m.busy[destination] = m.l.Now()
	return true
}

func (m *messenger[T]) free(destination string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.busy, destination)
}

func (m *messenger[T]) wake() {
	select {
	case m.woken <- struct{}{}:
	default:
	}
}
