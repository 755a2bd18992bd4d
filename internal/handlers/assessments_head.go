package handlers

import (
	"context"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// assessmentHead is the head that the pages of one interview share; tab is one of views.Tab…. hiring.ErrNotFound when
// there is no such interview on this connection.
func (h *Handlers) assessmentHead(ctx context.Context, id int64, tab string) (views.AssessmentHeadProps, error) {
	a, err := h.assessment(ctx, id)
	if err != nil {
		return views.AssessmentHeadProps{}, err
	}
	return h.headOf(ctx, a, tab)
}

// headOf is assessmentHead for an interview that was read already.
func (h *Handlers) headOf(ctx context.Context, a hiring.Assessment, tab string) (views.AssessmentHeadProps, error) {
	counts, err := h.Store.AssessmentCounts(ctx, a.ID)
	if err != nil {
		return views.AssessmentHeadProps{}, err
	}
	return views.NewAssessmentHead(a, counts, tab, h.Mirror.Abilities(ctx).Provider, user(ctx).Role.Can(hiring.PermEdit)), nil
}

// assessment reads an interview of the connection in use; one of another is hiring.ErrNotFound, since the provider
// would not know it.
func (h *Handlers) assessment(ctx context.Context, id int64) (hiring.Assessment, error) {
	a, err := h.Store.Assessment(ctx, id)
	if err == nil && a.ConnectionID != h.Mirror.Connection() {
		return a, hiring.ErrNotFound
	}
	return a, err
}
