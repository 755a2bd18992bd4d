package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"greenroom/internal/config"
	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/engine/generate"
	"greenroom/internal/engine/score"
	"greenroom/internal/engine/transcribe"
	"greenroom/internal/jobs"
	"greenroom/internal/mail"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// engineName is the local engine in sentences for people.
const engineName = "The local engine"

// joinProvider joins the mirror to TapTalent or to an engine of its own in this process. Either way it speaks HTTP; with
// the engine the transport is a function call.
func (a *App) joinProvider(ctx context.Context, j *joined) error {
	options := partner.Options{Log: a.log, Observe: a.observeCall, Now: a.now}
	if j.state.Live() {
		options.BaseURL, options.Key, options.RatePerSecond = j.state.URL, j.state.Key.Reveal(), partner.TapTalentRate
		a.progress("Using TapTalent at " + j.state.URL)
	} else {
		if err := engine.Migrate(ctx, a.pool); err != nil {
			return err
		}
		o, err := a.engineOptions(ctx)
		if err != nil {
			return err
		}
		o.Mail = func(ctx context.Context, m engine.MailMessage) error { return a.mailInvite(ctx, j.queue, m) }
		if j.engine, err = engine.New(ctx, a.pool, o); err != nil {
			return err
		}
		options.BaseURL, options.Key, options.Name = a.URL+partnerapi.BasePath, o.APIKey, engineName
		options.HTTPClient = &http.Client{Transport: partner.HandlerTransport(j.engine.Handler())}
		a.progress("Using the local engine")
	}
	j.key = options.Key
	if a.calls != nil {
		a.calls(&options)
	}
	options.Turns = a.store.Turns(j.state.Connection)
	j.mirror = mirror.New(mirror.Options{Store: a.store, Client: partner.New(options), Connection: j.state.Connection, Log: a.log, Now: a.now})
	return nil
}

// engineOptions says how the engine stands in this program; it has no mail yet.
func (a *App) engineOptions(ctx context.Context) (o engine.Options, err error) {
	key, err := a.engineKey(ctx)
	if err != nil {
		return o, err
	}
	if _, err := a.webhookKey(ctx); err != nil {
		return o, err
	}
	o = engine.Options{
		APIKey:     key,
		BaseURL:    a.URL,
		Receivers:  []engine.Receiver{{Name: "desk", URL: "http://" + loopback(a.listener.Addr()) + "/webhooks/taptalent"}},
		WebhookKey: a.webhookKey,
		Credits:    a.cfg.Engine.Credits,
		Generator:  generate.NewBank(),
		MailWaits:  a.cfg.Mail.URL == "",
		Company:    a.companyName,
		Log:        a.log.With("component", "engine"),
		Now:        a.now,
	}
	for _, u := range a.cfg.Engine.WebhookURLs {
		o.Receivers = append(o.Receivers, engine.Receiver{URL: u})
	}
	if a.cfg.Model.On() {
		model := modelConfig(a.cfg.Model)
		o.Generator, o.Scorer = generate.NewModel(model), score.NewScorer(model)
	}
	if t := a.cfg.Transcribe; t.On() {
		o.Transcriber = transcribe.New(transcribe.Config{BaseURL: t.URL, APIKey: t.Key.Reveal(), Model: t.Name})
	}
	return o, nil
}

// companyName is who invites, in the room's words; "" before the setup, while nobody named it, or when the database does
// not say.
func (a *App) companyName(ctx context.Context) string {
	w, err := a.store.Workspace(ctx)
	if err != nil {
		return ""
	}
	return w.Company()
}

func modelConfig(m config.Model) generate.ModelConfig {
	return generate.ModelConfig{BaseURL: m.URL, APIKey: m.Key.Reveal(), Model: m.Name}
}

// engineKey is the local engine's API key: the environment's, else one made on the first start.
func (a *App) engineKey(ctx context.Context) (string, error) {
	if key := a.cfg.Engine.Key.Reveal(); key != "" {
		return key, nil
	}
	return a.store.Secret(ctx, db.SecretEngineKey, "sk_test_"+rand.Text()[:22])
}

// webhookKey is what X-Webhook-Key has to be: the environment's, else the stored one, made on the first start. With a
// live provider and none in the environment it only opens the secret address.
func (a *App) webhookKey(ctx context.Context) (string, error) {
	if key := a.cfg.TapTalent.WebhookKey.Reveal(); key != "" {
		return key, nil
	}
	if known, err := a.store.WebhookKeys(ctx); err != nil || known.Current != "" {
		return known.Current, err
	}
	return a.store.Secret(ctx, db.SecretWebhookKey, strings.ToLower(rand.Text()))
}

// mailInvite puts the engine's invites into the outbox.
func (a *App) mailInvite(ctx context.Context, queue *jobs.Queue, m engine.MailMessage) error {
	w, err := a.store.Workspace(ctx)
	if err != nil {
		return err
	}
	return queue.Post(ctx, a.store, mail.Invite(mail.Invitation{
		ID: m.InviteID, To: m.To, Name: m.Name, Company: w.Company(), Interview: m.InterviewName, Link: m.Link, Minutes: m.Minutes,
		Reviewer: m.InviteeType == partnerapi.InviteeReviewer, Asked: m.Verification,
	}, a.now()))
}
