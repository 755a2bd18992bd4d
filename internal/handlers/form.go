package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"greenroom/internal/hiring"
)

// parsed reads the form of every request before its handler, so that a form that is cut off or too large fails in one
// place, and frees all values, of forms and queries, of what the database can't hold.
func (h *Handlers) parsed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if query := r.URL.Query(); clean(query) {
			u := *r.URL
			u.RawQuery = query.Encode()
			r.URL = &u
		}
		if r.Method == http.MethodPost {
			if err := parse(r); err != nil {
				h.fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func parse(r *http.Request) error {
	err := r.ParseMultipartForm(maxBody)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, http.ErrNotMultipart), err == nil:
	case errors.As(err, &tooLarge):
		return err
	default:
		return hiring.Invalid("", "The form didn't arrive whole. Go back and send it again.")
	}
	clean(r.Form)
	clean(r.PostForm)
	if r.MultipartForm != nil {
		clean(r.MultipartForm.Value)
	}
	return nil
}

// clean drops NUL and broken UTF-8 from all values and says whether there was any.
func clean(values url.Values) (changed bool) {
	for _, list := range values {
		for i, v := range list {
			list[i] = strings.ReplaceAll(strings.ToValidUTF8(v, ""), "\x00", "")
			changed = changed || list[i] != v
		}
	}
	return changed
}

// invalid joins the problems of several checks into one error, in their order; nil without problems. Another error
// comes first.
func invalid(errs ...error) error {
	var all hiring.InvalidError
	for _, err := range errs {
		var bad *hiring.InvalidError
		switch {
		case errors.As(err, &bad):
			all.Problems = append(all.Problems, bad.Problems...)
		case err != nil:
			return err
		}
	}
	if len(all.Problems) == 0 {
		return nil
	}
	return &all
}
