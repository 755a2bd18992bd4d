package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"greenroom/internal/hiring"
	"greenroom/static"
)

// access is what a route asks of who comes.
type access string

// Besides these, every hiring.Permission is an access.
const (
	public   access = "public"    // anybody
	signedIn access = "signed in" // anybody of the team
)

// handler answers a request or returns an error for h.fail.
type handler func(http.ResponseWriter, *http.Request) error

// route is one line of the table.
type route struct {
	method  string
	pattern string
	access  access
	handle  handler
}

// table is the whole URL surface of the desk but for static files, webhooks and the engine, which mount adds.
func (h *Handlers) table() []route {
	const (
		read   = access(hiring.PermRead)
		review = access(hiring.PermReview)
		edit   = access(hiring.PermEdit)
		admin  = access(hiring.PermAdmin)
	)
	return []route{
		{"GET", "/", read, h.home},
		{"GET", "/events", read, h.eventStream},

		{"GET", "/login", public, h.sessionNew},
		{"POST", "/login", public, h.sessionCreate},
		{"POST", "/logout", public, h.sessionDelete},
		{"GET", "/forgot", public, h.forgotNew},
		{"POST", "/forgot", public, h.forgotCreate},
		{"GET", "/link/{token}", public, h.linkShow},
		{"POST", "/link/{token}", public, h.linkUse},
		{"GET", "/setup", public, h.setupNew},
		{"POST", "/setup", public, h.setupCreate},
		{"POST", "/theme", public, h.themeUpdate},
		{"GET", "/profile", signedIn, h.profileShow},
		{"POST", "/profile", signedIn, h.profileUpdate},
		{"POST", "/profile/password", signedIn, h.profilePassword},

		{"GET", "/interviews", read, h.assessmentList},
		{"POST", "/interviews", edit, h.assessmentCreate},
		{"GET", "/interviews/new", edit, h.assessmentNew},
		{"GET", "/interviews/generate", edit, h.assessmentGenerateForm},
		{"POST", "/interviews/generate", edit, h.assessmentGenerate},
		{"POST", "/interviews/writes/{write}/retry", edit, h.writeRetry},
		{"POST", "/interviews/writes/{write}/drop", edit, h.writeDrop},
		{"GET", "/interviews/{id}", read, h.assessmentShow},
		{"GET", "/interviews/{id}/settings", read, h.assessmentSettings},
		{"POST", "/interviews/{id}/settings", edit, h.assessmentUpdate},
		{"POST", "/interviews/{id}/questions", edit, h.questionAdd},
		{"POST", "/interviews/{id}/questions/{question}", edit, h.questionUpdate},
		{"POST", "/interviews/{id}/questions/{question}/delete", edit, h.questionDelete},
		{"POST", "/interviews/{id}/questions/{question}/restore", edit, h.questionRestore},
		{"POST", "/interviews/{id}/generate", edit, h.questionsGenerate},
		{"POST", "/interviews/{id}/copy", edit, h.questionsCopy},

		{"GET", "/interviews/{id}/invites", read, h.inviteList},
		{"POST", "/interviews/{id}/invites", edit, h.inviteCreate},
		{"POST", "/interviews/{id}/invites/preview", edit, h.invitePreview},
		{"GET", "/interviews/{id}/invites/lists/{list}", edit, h.listShow},
		{"GET", "/interviews/{id}/invites/{batch}", read, h.batchShow},
		{"POST", "/interviews/{id}/invites/{batch}/retry", edit, h.batchRetry},
		{"POST", "/interviews/{id}/invites/{batch}/{invite}/retry", edit, h.inviteRetry},
		{"POST", "/interviews/{id}/invites/{batch}/{invite}/drop", edit, h.inviteDrop},

		{"GET", "/interviews/{id}/candidates", read, h.assessmentCandidates},
		{"GET", "/candidates", read, h.candidateList},
		{"GET", "/candidates/export", edit, h.candidateExport},
		{"GET", "/candidates/export/answers", edit, h.candidateExportAnswers},
		{"GET", "/candidates/{id}", read, h.candidateShow},
		{"GET", "/candidates/{id}/answers/{position}/recording", read, h.candidateRecording},
		{"GET", "/candidates/{id}/download", admin, h.candidateDownload},
		{"GET", "/candidates/{id}/delete", admin, h.candidateEraseAsk},
		{"POST", "/candidates/{id}/delete", admin, h.candidateErase},
		{"POST", "/candidates/{id}/scorecard", review, h.reviewUpdate},
		{"POST", "/candidates/{id}/scorecard/confirm", review, h.reviewConfirm},
		{"GET", "/reviews", read, h.reviewList},

		{"GET", "/outbox", edit, h.messageList},
		{"POST", "/outbox/{message}/retry", edit, h.messageRetry},

		{"GET", "/admin/team", admin, h.teamList},
		{"POST", "/admin/team", admin, h.teamCreate},
		{"GET", "/admin/team/new", admin, h.teamNew},
		{"POST", "/admin/team/links/{link}/renew", admin, h.teamLinkRenew},
		{"POST", "/admin/team/links/{link}/revoke", admin, h.teamLinkRevoke},
		{"POST", "/admin/team/{user}/role", admin, h.teamRole},
		{"POST", "/admin/team/{user}/disable", admin, h.teamDisable},
		{"POST", "/admin/team/{user}/enable", admin, h.teamEnable},

		{"GET", "/admin/settings", admin, h.settingsShow},
		{"POST", "/admin/settings", admin, h.settingsUpdate},
		{"POST", "/admin/settings/scoring", admin, h.settingsScoring},
		{"POST", "/admin/settings/keep", admin, h.settingsKeep},

		{"GET", "/admin/webhooks", admin, h.webhookList},
		{"POST", "/admin/webhooks/replay", admin, h.webhookReplayFilter},
		{"POST", "/admin/webhooks/key", admin, h.webhookKeyRotate},
		{"GET", "/admin/webhooks/{delivery}", admin, h.webhookShow},
		{"POST", "/admin/webhooks/{delivery}/replay", admin, h.webhookReplay},

		{"GET", "/admin/connection", admin, h.connectionShow},
		{"POST", "/admin/connection/test", admin, h.connectionTest},
		{"POST", "/admin/connection/webhook", admin, h.connectionWebhook},
		{"POST", "/admin/connection/reconcile", admin, h.connectionReconcile},
		{"POST", "/admin/connection/writes/{write}/retry", admin, h.connectionRetry},
		{"POST", "/admin/connection/writes/{write}/drop", admin, h.connectionDrop},
		{"POST", "/admin/connection/invites/{invite}/retry", admin, h.connectionInviteRetry},
		{"POST", "/admin/connection/invites/{invite}/drop", admin, h.connectionInviteDrop},
		{"GET", "/admin/connection/account", admin, h.accountEdit},
		{"POST", "/admin/connection/account", admin, h.accountUpdate},
		{"GET", "/admin/system", admin, h.systemShow},
		{"POST", "/admin/system/work/{work}/retry", admin, h.workRetry},
		{"POST", "/admin/system/work/{work}/drop", admin, h.workDrop},
		{"POST", "/admin/system/provider/{work}/retry", admin, h.providerWorkRetry},
		{"POST", "/admin/system/provider/{work}/drop", admin, h.providerWorkDrop},
	}
}

// mount puts the middleware and every route together.
func (h *Handlers) mount() http.Handler {
	secure := h.BaseURL.Scheme == "https"
	r := chi.NewRouter()
	r.Use(fromClient(h.Proxies), requestID, h.logged, h.recovered, headers(secure))
	r.Method("GET", "/static/*", static.Handler())
	r.Get("/healthz", h.healthz)
	r.Get("/readyz", h.readyz)
	r.Get("/metrics", h.metricsShow)
	r.Post("/webhooks/taptalent", h.webhookReceive)
	r.Post("/webhooks/taptalent/{secret}", h.webhookReceive)
	if h.Engine != nil {
		r.Handle("/v1/partner/*", h.Engine)
		r.Handle("/room/*", h.Engine)
	}
	r.Group(func(r chi.Router) {
		r.Use(http.NewCrossOriginProtection().Handler, limited, h.Sessions.Middleware(h.sessionFailed), h.withUser, h.setUpFirst, h.parsed)
		for _, route := range h.routes {
			r.Method(route.method, route.pattern, h.guard(route))
		}
		r.NotFound(h.guard(route{access: public, handle: notFound}).ServeHTTP)
		r.MethodNotAllowed(h.guard(route{access: public, handle: notFound}).ServeHTTP)
	})
	return r
}

// guard checks what the route asks for, then answers.
func (h *Handlers) guard(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := user(r.Context())
		switch {
		case route.access == public:
		case u == nil:
			h.askToSignIn(w, r)
			return
		case route.access != signedIn && !u.Role.Can(hiring.Permission(route.access)):
			h.fail(w, r, hiring.ErrForbidden)
			return
		}
		if err := route.handle(w, r); err != nil {
			h.fail(w, r, err)
		}
	})
}
