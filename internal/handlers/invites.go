package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
)

const (
	sentPerPage      = 50
	batchesOnInvites = 5
	listOffered      = 24 * time.Hour // how long a list that was checked and not sent is offered again
)

const nobodyReady = "There is nobody to invite in this list. Change it and check it again."

// inviteForm is a list of people as it was typed or uploaded.
type inviteForm struct {
	kind   hiring.InviteeType
	people string
}

// readInvites reads the form; problems are those of the upload.
func readInvites(r *http.Request) (f inviteForm, err error) {
	f = inviteForm{kind: hiring.InviteCandidate, people: strings.ReplaceAll(r.PostFormValue("people"), "\r\n", "\n")}
	if r.PostFormValue("type") == string(hiring.InviteReviewer) {
		f.kind = hiring.InviteReviewer
	}
	file, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("reading an uploaded list: %w", err)
	}
	defer file.Close()
	if head.Size == 0 {
		return f, hiring.Invalid("file", "The file is empty. Choose another one, or write the people into the box.")
	}
	if strings.TrimSpace(f.people) != "" {
		return f, hiring.Invalid("file", "Use the box or a file, not both. Empty the box, or leave the file out.")
	}
	content, err := io.ReadAll(file) // bounded with the whole body
	if err != nil {
		return f, fmt.Errorf("reading an uploaded list: %w", err)
	}
	text, err := hiring.TextOfList(content)
	if err == nil {
		f.people = strings.ReplaceAll(text, "\r\n", "\n")
	}
	return f, err
}

// inviteList is the form for inviting, and who was invited. ?list=<id> puts a checked list back into the form.
func (h *Handlers) inviteList(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Get("list") != "" && user(r.Context()).Role.Can(hiring.PermEdit) {
		list, err := h.checkedList(r, r.URL.Query().Get("list"))
		if err != nil {
			return err
		}
		return h.invitesPage(w, r, http.StatusOK, inviteForm{kind: list.Type, people: list.People}, nil)
	}
	return h.invitesPage(w, r, http.StatusOK, inviteForm{kind: hiring.InviteCandidate}, nil)
}

func (h *Handlers) invitesPage(w http.ResponseWriter, r *http.Request, status int, f inviteForm, found []hiring.Problem) error {
	ctx := r.Context()
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	head, err := h.assessmentHead(ctx, id, views.TabInvites)
	if err != nil {
		return err
	}
	p := views.InvitesProps{
		Head: head, Now: h.Now(), Type: f.kind, People: f.people, Problems: problemsFor(found), Local: h.Engine != nil,
		NotStarted: r.URL.Query().Get("show") == "waiting",
	}
	p.Page, _ = strconv.Atoi(r.URL.Query().Get("page"))
	p.Page = min(max(p.Page, 1), 10_000)
	if open := r.URL.Query().Get("list") == "" && r.Method == http.MethodGet && head.CanEdit; open {
		list, err := h.Store.OpenInviteList(ctx, id, user(ctx).ID, p.Now.Add(-listOffered))
		if err == nil {
			p.Open = &list
		} else if !errors.Is(err, hiring.ErrNotFound) {
			return err
		}
	}
	if p.Batches, err = h.Store.InviteBatches(ctx, id, batchesOnInvites); err != nil {
		return err
	}
	sent, total, err := h.Store.SentInvites(ctx, id, p.NotStarted, sentPerPage, (p.Page-1)*sentPerPage)
	if err != nil {
		return err
	}
	p.Total, p.PerPage = total, sentPerPage
	abilities := h.Mirror.Abilities(ctx)
	for _, s := range sent {
		p.Sent = append(p.Sent, views.SentInvite{Invite: s.Invite, Stage: s.Stage, Link: abilities.InviteLink(refOf(s))})
	}
	return h.page(w, r, status, page{title: "Invites · " + head.Title, nav: "interviews", problem: len(found) > 0}, views.Invites(p))
}

func refOf(s db.SentInvite) string {
	if s.Ref != "" {
		return s.Ref
	}
	return s.InviteRef
}

// checkInvites reads the people of a list and finds those who were invited before.
func (h *Handlers) checkInvites(r *http.Request, f inviteForm) ([]views.InviteRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	people, err := hiring.ParseInvitees(f.people)
	if err != nil {
		return nil, err
	}
	rows := make([]views.InviteRow, len(people))
	var emails []string
	for i, p := range people {
		rows[i].Invitee = p
		if p.Problem == "" && p.Email != "" {
			emails = append(emails, p.Email)
		}
	}
	known, err := h.Store.InvitedBefore(r.Context(), id, f.kind, emails)
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		if at, ok := known[strings.ToLower(p.Email)]; ok && p.Problem == "" && p.Email != "" {
			rows[i].InvitedAt = &at
		}
	}
	return rows, nil
}

// inviteCreate sends the rows of a list that can be sent: of a checked one, or as typed.
func (h *Handlers) inviteCreate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if _, err := h.assessment(r.Context(), id); err != nil {
		return err
	}
	if r.PostFormValue("list") != "" {
		return h.listSend(w, r, id)
	}
	f, err := readInvites(r)
	var rows []views.InviteRow
	if err == nil {
		rows, err = h.checkInvites(r, f)
	}
	if err == nil && len(ready(rows)) == 0 {
		err = hiring.Invalid("people", nobodyReady)
	}
	if found, ok := problems(err); ok {
		return h.invitesPage(w, r, http.StatusUnprocessableEntity, f, found)
	}
	if err != nil {
		return err
	}
	var batch int64
	err = h.Store.InTx(r.Context(), func(tx *db.Store) error {
		batch, err = h.startBatch(r.Context(), tx, id, f.kind, ready(rows))
		return err
	})
	if err != nil {
		return err
	}
	return h.redirect(w, r, views.BatchHref(id, batch))
}

// ready are the people of a checked list who will be invited.
func ready(rows []views.InviteRow) (people []hiring.Invitee) {
	for _, row := range rows {
		if row.Ready() {
			people = append(people, row.Invitee)
		}
	}
	return people
}

// startBatch keeps the people to invite together with the work that invites them.
func (h *Handlers) startBatch(ctx context.Context, tx *db.Store, assessment int64, kind hiring.InviteeType, people []hiring.Invitee) (batch int64, err error) {
	if batch, err = tx.InsertInviteBatch(ctx, assessment, kind, user(ctx).ID, h.Now(), people); err != nil {
		return 0, err
	}
	return batch, h.Jobs.Enqueue(ctx, tx, jobs.SendBatch{ID: batch}, nil)
}
