package app

import (
	"context"
	"net/http"
	"time"

	"greenroom/internal/engine"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
	"greenroom/internal/sample"
)

// addSample fills an empty installation with sample data, through an engine that writes to nobody and a mirror of it,
// whose clocks can be put back.
func (a *App) addSample(ctx context.Context, j *joined) error {
	o, err := a.engineOptions(ctx)
	if err != nil {
		return err
	}
	quiet, err := engine.New(ctx, a.pool, o)
	if err != nil {
		return err
	}
	return sample.Add(ctx, sample.Options{Store: a.store, Now: a.now(), At: func(t time.Time) (*mirror.Mirror, *engine.Engine) {
		past := quiet.At(t)
		client := partner.New(partner.Options{
			BaseURL: a.URL + partnerapi.BasePath, Key: o.APIKey, Name: engineName, Log: a.log,
			HTTPClient: &http.Client{Transport: partner.HandlerTransport(past.Handler())},
		})
		return mirror.New(mirror.Options{
			Store: a.store, Client: client, Connection: j.state.Connection, Log: a.log, Now: func() time.Time { return t },
		}), past
	}})
}
