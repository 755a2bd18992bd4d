package views

import "net/http"

// ErrorProps of a page that says what went wrong.
type ErrorProps struct {
	Status   int
	Sentence string
	Code     string // what to tell an admin; "" for none
}

// Title of the page.
func (p ErrorProps) Title() string {
	switch p.Status {
	case http.StatusNotFound:
		return "Not found"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusServiceUnavailable, http.StatusBadGateway:
		return "Not available now"
	case http.StatusConflict:
		return "Changed meanwhile"
	}
	return "Something went wrong"
}
