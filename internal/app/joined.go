package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"greenroom/internal/account"
	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/handlers"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
)

// joined is what stands on one provider account. When another is chosen it is replaced whole, as if another process
// took over; listener, database, sessions and live changes stay.
type joined struct {
	state  account.State
	engine *engine.Engine // nil with TapTalent
	mirror *mirror.Mirror
	queue  *jobs.Queue
	desk   *handlers.Handlers
	key    string // the API key in use

	stopEngine context.CancelFunc
	engineDone chan struct{}
}

// firstJoin joins the account that is chosen now.
func (a *App) firstJoin(ctx context.Context) error {
	state, err := a.account.State(ctx)
	if err != nil {
		return err
	}
	j, err := a.join(ctx, state)
	a.joined.Store(j)
	return err
}

// join builds what stands on an account; start has it work.
func (a *App) join(ctx context.Context, state account.State) (*joined, error) {
	j := &joined{state: state}
	if err := a.joinProvider(ctx, j); err != nil {
		return nil, err
	}
	if err := a.joinJobs(j); err != nil {
		return nil, err
	}
	return j, a.joinDesk(ctx, j)
}

// joinJobs joins the work that happens later.
func (a *App) joinJobs(j *joined) (err error) {
	o := jobs.Options{Store: a.store, Mirror: j.mirror, Mail: a.mail, Log: a.log, Now: a.now}
	switch {
	case j.engine != nil && a.sample != nil:
		o.Sample = a.sample
	case j.engine != nil:
		o.Sample = func(ctx context.Context) error { return a.addSample(ctx, j) }
	}
	j.queue, err = jobs.New(o)
	return err
}

// joinDesk joins the pages.
func (a *App) joinDesk(ctx context.Context, j *joined) error {
	base, err := url.Parse(a.URL)
	if err != nil {
		return fmt.Errorf("reading the public address: %w", err)
	}
	if _, err := a.webhookKey(ctx); err != nil {
		return err
	}
	o := handlers.Options{
		Store: a.store, Mirror: j.mirror, Jobs: j.queue, Hub: a.hub, Sessions: a.sessions, Account: a.account, Joined: a.waitForJoin,
		BaseURL: base, WebhookKey: a.cfg.TapTalent.WebhookKey.Reveal(), MetricsToken: a.cfg.MetricsToken.Reveal(), Proxies: a.cfg.Proxies,
		Mail: a.mail != nil, Sample: j.engine != nil, Test: j.state.Test(), About: a.installation(j), Log: a.log,
		Measures: []prometheus.Collector{a.callTimes}, Now: a.now,
	}
	if j.engine != nil {
		o.Engine = j.engine.Handler()
	}
	j.desk = handlers.New(o)
	return nil
}

// installation says for the settings page what the environment set, without secrets.
func (a *App) installation(j *joined) handlers.Installation {
	i := handlers.Installation{
		ProviderURL: host(j.state.URL), ProviderKey: account.Masked(j.key), MailServer: host(a.cfg.Mail.URL.Reveal()), MailFrom: a.cfg.Mail.From,
		Transcribe: host(a.cfg.Transcribe.URL), Database: "The database of DATABASE_URL",
	}
	if a.postgres != nil {
		i.Database, i.Data = "Managed Postgres in the data folder", a.cfg.Data
	}
	return i
}

// start has jobs and engine work until ctx ends or they are told to stop. An engine that fails is told to failed.
func (j *joined) start(ctx context.Context, failed chan<- error) error {
	if err := j.queue.Start(ctx); err != nil {
		return err
	}
	j.engineDone = make(chan struct{})
	engineWork, stop := context.WithCancel(ctx)
	j.stopEngine = stop
	go func() {
		defer close(j.engineDone)
		if j.engine == nil {
			return
		}
		if err := j.engine.Run(engineWork); err != nil {
			select {
			case failed <- fmt.Errorf("the local engine stopped: %w", err):
			default: // the program is ending for another reason already
			}
		}
	}()
	return nil
}

// end stops what start began. Work that runs may finish until ctx ends.
func (j *joined) end(ctx context.Context) error {
	j.stopEngine()
	err := j.queue.Stop(ctx)
	select {
	case <-j.engineDone:
	case <-ctx.Done():
	}
	return err
}

// How long a change of account may take.
const (
	joinWithin  = 5 * time.Second // until who asked for it sees the page
	lookAgain   = time.Second     // after the database was away
	lookAnyway  = time.Minute     // for a change that could not be followed when it was told
	leaveWithin = grace           // for work that runs with the old account
)

// changes tells, until ctx ends, of an account that is another one than what is joined.
func (a *App) changes(ctx context.Context, other chan<- account.State) {
	look := func() {
		state, err := a.account.State(ctx)
		if err != nil {
			a.log.Warn("reading the chosen account", "error", err)
			return
		}
		if state.Same(a.joined.Load().state) {
			return
		}
		select {
		case other <- state:
		case <-ctx.Done():
		}
	}
	anyway := time.NewTicker(lookAnyway)
	defer anyway.Stop()
	for ctx.Err() == nil {
		batches, cancel := a.hub.Subscribe()
		select {
		case <-a.hub.Ready():
			look() // what changed before we listened
		case <-ctx.Done():
		}
		for open := true; open; {
			var batch []string
			select {
			case batch, open = <-batches:
				if open && slices.Contains(batch, db.Topic{Name: db.TopicAccount}.String()) {
					look()
				}
			case <-anyway.C:
				look()
			}
		}
		cancel()
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
		}
	}
}

// rejoin puts what stands on the state's account in the place of what is joined. When that can't be built, what is
// there stays.
func (a *App) rejoin(ctx context.Context, state account.State, failed chan<- error) {
	if state.Same(a.joined.Load().state) {
		return // told of twice
	}
	j, err := a.join(ctx, state)
	if err == nil {
		err = j.start(ctx, failed)
	}
	if err != nil {
		a.log.Error("joining the chosen account", "error", err)
		return
	}
	old := a.joined.Swap(j)
	if err := a.store.InTx(ctx, func(tx *db.Store) error {
		return j.queue.Enqueue(ctx, tx, jobs.Reconcile{All: true, Account: j.mirror.Connection()}, nil)
	}); err != nil {
		a.log.Warn("asking for the account to be looked through at once", "error", err) // it is later
	}
	a.log.Info("joined another account", "provider", cmp.Or(host(state.URL), "the local engine"))
	ending, cancel := context.WithTimeout(ctx, leaveWithin)
	defer cancel()
	if err := old.end(ending); err != nil {
		a.log.Warn("jobs were interrupted", "error", err)
	}
}

// waitForJoin returns when this process has joined the account that is chosen now, or has taken too long.
func (a *App) waitForJoin(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	state, err := a.account.State(ctx)
	for err == nil && !state.Same(a.joined.Load().state) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}
