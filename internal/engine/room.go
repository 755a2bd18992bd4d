package engine

import "net/http"

// roomRoutes mounts the interview room's pages.
func (e *Engine) roomRoutes(mux *http.ServeMux) {}
