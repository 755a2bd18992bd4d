package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// failuresShown is how much failed work the system's page lists.
const failuresShown = 50

// systemShow tells how the installation is: versions, migrations, queues, sizes, processes.
func (h *Handlers) systemShow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := views.SystemProps{Now: h.Now(), Program: h.program()}
	facts, err := h.Store.DatabaseFacts(ctx)
	if err != nil {
		return err
	}
	p.Database, p.Tables = h.databaseFacts(facts), facts.Tables
	counts, err := h.Store.WorkCounts(ctx)
	if err != nil {
		return err
	}
	if p.Backups, err = h.Store.Backups(ctx); err != nil {
		return err
	}
	failed, err := h.Store.FailedWork(ctx, failuresShown)
	if err != nil {
		return err
	}
	p.Work = views.NewSystemWork(counts, failed)
	if able := h.Mirror.Abilities(ctx); able.Work {
		work, err := h.Mirror.Work(ctx)
		p.Provider = views.NewProviderWork(able.Provider, work, err != nil)
		if err != nil {
			h.Log.Warn("the provider does not tell of its work", "error", err)
		}
	}
	processes, err := h.Store.Processes(ctx)
	if err != nil {
		return err
	}
	for _, one := range processes {
		p.Processes = append(p.Processes, views.SystemProcess{ProcessFacts: one, This: one.Name == db.ProcessName()})
	}
	return h.page(w, r, http.StatusOK, page{title: "System", nav: "system"}, views.System(p))
}

// program is this process in words.
func (h *Handlers) program() []ui.Detail {
	return []ui.Detail{
		{Term: "Greenroom", Value: version()},
		{Term: "Go", Value: runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH},
		{Term: "Running for", Value: views.Uptime(h.Now().Sub(h.began))},
		{Term: "Live pages", Value: strconv.Itoa(h.Hub.Attached())},
		{Term: "Connections", Value: fmt.Sprintf("%d of %d at work", h.Store.Pool().Stat().AcquiredConns(), h.Store.Pool().Config().MaxConns)},
		{Term: "Measurements", Value: "At /metrics, for Prometheus"},
	}
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "Not known: built without modules"
	}
	var revision, at, changed string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.time":
			at, _, _ = strings.Cut(s.Value, "T")
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	if revision == "" {
		return "Not known: run from source, or built outside of version control"
	}
	return fmt.Sprintf("Revision %s of %s%s", revision, cmp.Or(at, "an unknown day"), changed)
}

// databaseFacts are the database in words.
func (h *Handlers) databaseFacts(f hiring.DatabaseFacts) []ui.Detail {
	list := []ui.Detail{
		{Term: "Where", Value: cmp.Or(h.About.Database, "Not told")},
		{Term: "Postgres", Value: f.Version},
		{Term: "Size", Value: views.Bytes(f.Bytes)},
	}
	for _, s := range f.Schemas {
		list = append(list, ui.Detail{Term: "Schema of the " + s.Part, Value: fmt.Sprintf("Migration %d, since %s", s.Version, s.At.Format(time.DateOnly))})
	}
	return list
}

// workRetry tries failed work again at once.
func (h *Handlers) workRetry(w http.ResponseWriter, r *http.Request) error {
	return h.failedWork(w, r, "%s is tried again.", h.Jobs.Retry)
}

// workDrop forgets failed work.
func (h *Handlers) workDrop(w http.ResponseWriter, r *http.Request) error {
	return h.failedWork(w, r, "%s is dropped. It won't be tried again.", h.Jobs.Drop)
}

// failedWork does something about a piece of failed work, and says so with its kind in done.
func (h *Handlers) failedWork(w http.ResponseWriter, r *http.Request, done string, do func(context.Context, int64) error) error {
	id, err := pathID(r, "work")
	if err != nil {
		return err
	}
	kind, err := h.Store.FailedWorkKind(r.Context(), id)
	if err == nil {
		err = do(r.Context(), id)
	}
	switch {
	case errors.Is(err, hiring.ErrNotFound), errors.Is(err, hiring.ErrConflict):
		h.warn(r, "This work is no longer failed: it runs, it is done, or somebody dropped it.")
	case err != nil:
		return err
	default:
		h.say(r, done, "“"+views.WorkWord(kind)+"”")
	}
	return h.redirect(w, r, "/admin/system")
}

// providerWorkRetry has failed work of the provider's tried again at once.
func (h *Handlers) providerWorkRetry(w http.ResponseWriter, r *http.Request) error {
	return h.providerWork(w, r, "It is tried again.", h.Mirror.RetryWork)
}

// providerWorkDrop has work that the provider gave up forgotten.
func (h *Handlers) providerWorkDrop(w http.ResponseWriter, r *http.Request) error {
	return h.providerWork(w, r, "It is dropped.", h.Mirror.DropWork)
}

func (h *Handlers) providerWork(w http.ResponseWriter, r *http.Request, done string, do func(context.Context, string) error) error {
	err := do(r.Context(), chi.URLParam(r, "work"))
	switch {
	case err == nil:
		h.say(r, "%s", done)
	case errors.Is(err, hiring.ErrNotFound):
		h.warn(r, "This work is no longer failed: it runs, it is done, or somebody dropped it.")
	case mirror.Sentence(err) != "":
		h.warn(r, mirror.Sentence(err))
	default:
		return err
	}
	return h.redirect(w, r, "/admin/system")
}
