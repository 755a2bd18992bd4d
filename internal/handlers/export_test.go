package handlers

// Route is a line of the table, for the sweep over all of them.
type Route struct{ Method, Pattern, Access string }

// Routes is the table.
func (h *Handlers) Routes() []Route {
	list := make([]Route, len(h.routes))
	for i, r := range h.routes {
		list[i] = Route{r.method, r.pattern, string(r.access)}
	}
	return list
}

// The limits on coming in.
const (
	TriesAddress = triesAddress
	TriesAccount = triesAccount
	ForgotTries  = forgotTries
)

// LocalPath is localPath.
var LocalPath = localPath
