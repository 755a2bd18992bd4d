package app

import (
	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/events"
	"greenroom/internal/handlers"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
)

// Parts are what New joined, for tests that look behind the pages.
type Parts struct {
	Store    *db.Store
	Mirror   *mirror.Mirror
	Jobs     *jobs.Queue
	Hub      *events.Hub
	Handlers *handlers.Handlers
	Engine   *engine.Engine // nil with the live provider
}

// Parts of the program. Run starts and ends them.
func (a *App) Parts() Parts {
	j := a.joined.Load()
	return Parts{Store: a.store, Mirror: j.mirror, Jobs: j.queue, Hub: a.hub, Handlers: j.desk, Engine: j.engine}
}
