package handlers

import (
	"net/http"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// activityRead is how many events are read for activityShown lines: invitations of one go share a line.
const (
	activityRead  = 200
	activityShown = 15
)

// home shows what needs whoever looks, what happened lately, and how it goes.
func (h *Handlers) home(w http.ResponseWriter, r *http.Request) error {
	ctx, now, u := r.Context(), h.Now(), user(r.Context())
	workspace, err := h.Store.Workspace(ctx)
	if err != nil {
		return err
	}
	q := db.HomeQuery{
		ReviewQuery: db.ReviewQuery{Connection: h.Mirror.Connection(), User: u.ID, Required: workspace.RequiredScorecards},
		Now:         now, Since: now.AddDate(0, 0, -views.HomeDays),
	}
	p := views.HomeProps{
		Now: now, Sample: workspace.Sample, CanEdit: u.Role.Can(hiring.PermEdit),
		Provider: h.Mirror.Abilities(ctx).Provider,
	}
	if p.Sync, err = h.Store.SyncState(ctx, h.Mirror.Connection()); err != nil {
		return err
	}
	if u.Role.Can(hiring.PermAdmin) {
		backups, err := h.Store.Backups(ctx)
		if err != nil {
			return err
		}
		p.NoBackup, p.Unnamed = backups.Overdue(now), workspace.Company() == ""
	}
	if p.Needs, err = h.Store.HomeNeeds(ctx, q); err != nil {
		return err
	}
	if p.Needs.ToReview > 0 {
		next, err := h.Store.WaitingReviews(ctx, q.ReviewQuery, 1)
		if err != nil {
			return err
		}
		if len(next) > 0 {
			p.NextID, p.NextLabel = next[0].ID, next[0].Label()
		}
	}
	if p.Needs.Candidates {
		if p.Funnel, err = h.Store.HomeFunnel(ctx, q); err != nil {
			return err
		}
		if p.Scores, err = h.Store.HomeScores(ctx, q); err != nil {
			return err
		}
		events, err := h.Store.RecentActivity(ctx, q.Connection, activityRead)
		if err != nil {
			return err
		}
		p.Activity = hiring.GroupActivity(events, activityShown)
	}
	return h.page(w, r, http.StatusOK, page{title: "Home", nav: "home"}, views.Home(p))
}
