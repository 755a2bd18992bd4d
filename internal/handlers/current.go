package handlers

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/hiring"
)

// withUser finds who is signed in, for every route behind it.
func (h *Handlers) withUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := h.sessionUser(r.Context())
		if err != nil {
			h.fail(w, r, err)
			return
		}
		ctx := context.WithValue(r.Context(), keyUser, user)
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, keyHeard, h.Hub.Position())))
	})
}

// sessionUser is nil when nobody is signed in, or somebody whose sign-in no longer stands.
func (h *Handlers) sessionUser(ctx context.Context) (*hiring.User, error) {
	id, since := h.Sessions.Current(ctx, h.Now())
	if id == 0 {
		return nil, nil
	}
	user, err := h.Store.User(ctx, id)
	switch {
	case errors.Is(err, hiring.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case user.DisabledAt != nil, since.Before(user.SessionsSince):
		return nil, nil
	}
	return &user, nil
}

// heard is how far the hub had heard before anything was read for the request.
func heard(ctx context.Context) string {
	position, _ := ctx.Value(keyHeard).(string)
	return position
}

// user is who is signed in. On a route that asks for a permission there always is somebody; elsewhere it may be nil.
func user(ctx context.Context) *hiring.User {
	u, _ := ctx.Value(keyUser).(*hiring.User)
	return u
}
