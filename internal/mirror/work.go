package mirror

import (
	"context"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// workTimeout bounds the question that the operator's page waits for.
const workTimeout = 2 * time.Second

// Work asks what the provider does by itself, see Abilities.Work.
func (m *Mirror) Work(ctx context.Context) (w hiring.ProviderWork, err error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	told, err := m.client.Work(ctx)
	if err != nil {
		return w, err
	}
	for _, c := range told.Counts {
		w.Counts = append(w.Counts,
			hiring.WorkCount{Kind: c.Kind, State: hiring.WorkWaiting, Count: c.Waiting}, hiring.WorkCount{Kind: c.Kind, State: hiring.WorkRunning, Count: c.Running},
			hiring.WorkCount{Kind: c.Kind, State: hiring.WorkRetry, Count: c.Failing}, hiring.WorkCount{Kind: c.Kind, State: hiring.WorkDead, Count: c.Dead})
	}
	for _, f := range told.Failed[:min(len(told.Failed), partnerapi.WorkFailedMax)] {
		failure := hiring.ProviderFailure{Ref: string(f.ID), About: f.About, Again: f.Again, FailedWork: hiring.FailedWork{
			Kind: f.Kind, State: hiring.WorkDead, Attempt: f.Tries, Attempts: f.Of, Error: f.Error, At: f.At.Time}}
		if f.Next != nil {
			failure.State, failure.Next = hiring.WorkRetry, f.Next.Time
		}
		w.Failed = append(w.Failed, failure)
	}
	return w, nil
}

// RetryWork has failed work of the provider's tried again; hiring.ErrNotFound when it isn't failed any more.
func (m *Mirror) RetryWork(ctx context.Context, ref string) error {
	return m.client.RetryWork(ctx, ref)
}

// DropWork has work that the provider gave up forgotten; hiring.ErrNotFound when it isn't given up any more.
func (m *Mirror) DropWork(ctx context.Context, ref string) error { return m.client.DropWork(ctx, ref) }
