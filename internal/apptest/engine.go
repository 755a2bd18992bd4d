package apptest

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/engine/generate"
	"greenroom/internal/handlers"
	"greenroom/internal/mail"
	"greenroom/internal/partnerapi"
)

// engineKey is the API key of the desk's own engine.
const engineKey = "sk_test_0123456789abcdef"

func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if err := db.Migrate(ctx, pool); err != nil {
		return err
	}
	return engine.Migrate(ctx, pool)
}

// startEngine runs a local engine, which sends its webhooks to the desk's listener and its invites to the outbox.
func (a *App) startEngine(ctx context.Context, pool *pgxpool.Pool, wire *handlers.Options) http.Handler {
	a.t.Helper()
	var err error
	a.Engine, err = engine.New(ctx, pool, engine.Options{
		APIKey:    engineKey,
		BaseURL:   a.URL,
		Receivers: []engine.Receiver{{URL: a.URL + "/webhooks/taptalent", Key: wire.WebhookKey}},
		Generator: generate.NewBank(),
		Mail: func(ctx context.Context, m engine.MailMessage) error {
			return a.Jobs.Post(ctx, a.Store, mail.Invite(mail.Invitation{
				ID: m.InviteID, To: m.To, Name: m.Name, Company: "Acme", Interview: m.InterviewName, Link: m.Link, Minutes: m.Minutes,
				Reviewer: m.InviteeType == partnerapi.InviteeReviewer, Asked: m.Verification,
			}, wire.Now()))
		},
		Log: wire.Log.With("component", "engine"), Now: wire.Now,
	})
	a.ok(err)
	wire.Engine = a.Engine.Handler()
	return wire.Engine
}
