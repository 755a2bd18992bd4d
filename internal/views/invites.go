package views

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// InvitesProps of the page that invites people to an interview and tells who was.
type InvitesProps struct {
	Head       AssessmentHeadProps
	Now        time.Time
	Type       hiring.InviteeType
	People     string // as it was typed
	Problems   ui.Problems
	Open       *hiring.InviteList // checked by who looks, and not sent; nil: none
	Batches    []hiring.InviteBatch
	Sent       []SentInvite
	NotStarted bool // only those who did nothing yet
	Page       int  // of Sent, from 1
	PerPage    int
	Total      int
	Local      bool // the provider is the local engine, which has no place for reviewers
}

// SentInvite is an invite with what its candidate did and the link that it leads to.
type SentInvite struct {
	hiring.Invite
	Stage hiring.Stage // "" for reviewers, and where nothing is known
	Link  string       // "" where the provider doesn't tell it
}

// InviteRow is one person of a list before it is sent.
type InviteRow struct {
	hiring.Invitee
	InvitedAt *time.Time // invited before; nil: not that we know
}

// Ready says that the row will be sent.
func (r InviteRow) Ready() bool { return r.Problem == "" && r.InvitedAt == nil }

// InvitePreviewProps of what was read from a list of people.
type InvitePreviewProps struct {
	Head AssessmentHeadProps
	List hiring.InviteList
	Rows []InviteRow
}

// BatchProps of the page of one sending.
type BatchProps struct {
	Head  AssessmentHeadProps
	Now   time.Time
	Batch hiring.InviteBatch
	Rows  []SentInvite
	URL   string
	// ByHand says that the invites wait in the outbox, because no mail server is set.
	ByHand bool
}

// BatchHref is the address of a sending.
func BatchHref(assessment, batch int64) string {
	return fmt.Sprintf("/interviews/%d/invites/%d", assessment, batch)
}

// InviteListHref is the address of a checked list.
func InviteListHref(assessment, list int64) string {
	return fmt.Sprintf("%s/lists/%d", AssessmentHref(assessment, TabInvites), list)
}

// changeHref is where a checked list stands in the form again.
func (p InvitePreviewProps) changeHref() string {
	return fmt.Sprintf("%s?list=%d#invite", AssessmentHref(p.Head.ID, TabInvites), p.List.ID)
}

func (p InvitesProps) href(page int) string {
	q := url.Values{}
	if p.NotStarted {
		q.Set("show", "waiting")
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return AssessmentHref(p.Head.ID, TabInvites)
	}
	return AssessmentHref(p.Head.ID, TabInvites) + "?" + q.Encode()
}

func (p InvitesProps) paging() ui.PaginationProps {
	var out ui.PaginationProps
	if p.Total > p.PerPage {
		out.Summary = fmt.Sprintf("%d–%d of %d", (p.Page-1)*p.PerPage+1, (p.Page-1)*p.PerPage+len(p.Sent), p.Total)
	}
	if p.Page > 1 {
		out.PrevHref = p.href(p.Page - 1)
	}
	if p.Page*p.PerPage < p.Total {
		out.NextHref = p.href(p.Page + 1)
	}
	return out
}

// hint says what keeps people who are invited now from answering; "" for nothing.
func (p InvitesProps) hint() string {
	switch {
	case !p.Head.Active:
		return "This interview is inactive: whoever is invited now can’t begin."
	case p.Head.Counts.Questions == 0:
		return "This interview has no questions yet. Add some before you invite people."
	}
	return ""
}

func (p InvitesProps) tabs() ui.TabsProps {
	all := AssessmentHref(p.Head.ID, TabInvites)
	return ui.TabsProps{Label: "Which invites", Tabs: []ui.Tab{
		{Label: "All", Href: all, Current: !p.NotStarted},
		{Label: "Not started", Href: all + "?show=waiting", Current: p.NotStarted},
	}}
}

func (p InvitesProps) types() []ui.Option {
	reviewers := "They review the answers at the provider."
	if p.Local {
		reviewers = "They get a letter only. To score here, they need an account: add them under Team."
	}
	return []ui.Option{
		{Value: string(hiring.InviteCandidate), Label: "Candidates", Hint: "They answer the interview."},
		{Value: string(hiring.InviteReviewer), Label: "Reviewers", Hint: reviewers},
	}
}

// split sorts the rows of a preview by what will happen to them.
func (p InvitePreviewProps) split() (ready, known, broken []InviteRow) {
	for _, r := range p.Rows {
		switch {
		case r.Problem != "":
			broken = append(broken, r)
		case r.InvitedAt != nil:
			known = append(known, r)
		default:
			ready = append(ready, r)
		}
	}
	return ready, known, broken
}

// summary says what the list holds: "38 ready, 2 to fix, 1 invited before".
func (p InvitePreviewProps) summary() string {
	ready, known, broken := p.split()
	parts := []string{fmt.Sprintf("%d ready", len(ready))}
	if len(broken) > 0 {
		parts = append(parts, fmt.Sprintf("%d to fix", len(broken)))
	}
	if len(known) > 0 {
		parts = append(parts, fmt.Sprintf("%d invited before", len(known)))
	}
	return strings.Join(parts, ", ")
}

func (p InvitePreviewProps) sendLabel() string {
	ready, _, _ := p.split()
	if p.List.Type == hiring.InviteReviewer {
		return "Invite " + ui.Count(len(ready), "reviewer", "reviewers")
	}
	return "Invite " + ui.Count(len(ready), "candidate", "candidates")
}

func (r InviteRow) who() string {
	switch {
	case r.Name() != "":
		return r.Name()
	case r.JobCandidate != "":
		return "Job candidate " + r.JobCandidate
	}
	return "No name"
}

func (b BatchProps) running() bool { return b.Batch.FinishedAt == nil }

// again is the word for sending once more what was not; "" where there is nothing.
func (b BatchProps) again() string {
	switch {
	case b.running() && slices.ContainsFunc(b.Rows, func(s SentInvite) bool { return s.waits() }):
		return "Try now"
	case b.running() || b.Batch.Failed+b.Batch.Unknown == 0:
		return ""
	case b.Batch.Unknown == 0:
		return "Try failed rows again"
	}
	return "Try the rest again"
}

// waits says that a try of the row failed, and that it is not settled.
func (s SentInvite) waits() bool {
	return s.State == hiring.InviteUnknown || (s.State == hiring.InviteSending || s.State == hiring.InvitePending) && s.Problem != ""
}

// note says what the sending came to so far. Whether letters went out is another matter: the page says where they wait.
func (b BatchProps) note() string {
	parts := []string{fmt.Sprintf("%d invited", b.Batch.Sent)}
	if b.Batch.Duplicate > 0 {
		parts = append(parts, fmt.Sprintf("%d invited before", b.Batch.Duplicate))
	}
	if b.Batch.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", b.Batch.Failed))
	}
	if b.Batch.Unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d not known", b.Batch.Unknown))
	}
	if b.Batch.Dropped > 0 {
		parts = append(parts, fmt.Sprintf("%d dropped", b.Batch.Dropped))
	}
	if w := b.Batch.Waiting(); w > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", w))
	}
	return strings.Join(parts, " · ")
}

func (b BatchProps) title() string {
	noun := [2]string{"candidate", "candidates"}
	if b.Batch.Type == hiring.InviteReviewer {
		noun = [2]string{"reviewer", "reviewers"}
	}
	what := ui.Count(b.Batch.Total, noun[0], noun[1])
	if b.running() {
		return "Inviting " + what
	}
	if b.Batch.Failed > 0 {
		return "Not everybody could be invited"
	}
	if b.Batch.Unknown > 0 {
		return "Not known whether everybody was invited"
	}
	return "Done: " + what
}

func batchSummary(b hiring.InviteBatch) string {
	return BatchProps{Batch: b}.note()
}

func inviteBadge(i hiring.Invite) ui.BadgeProps {
	switch i.State {
	case hiring.InviteSent:
		return ui.BadgeProps{Label: "Invited", Tone: ui.Strong}
	case hiring.InviteDuplicate:
		return ui.BadgeProps{Label: "Invited before", Tone: ui.Neutral}
	case hiring.InviteFailed:
		return ui.BadgeProps{Label: "Failed", Tone: ui.Weak}
	case hiring.InviteUnknown:
		return ui.BadgeProps{Label: "Not known", Tone: ui.Fair}
	case hiring.InviteDropped:
		return ui.BadgeProps{Label: "Dropped", Tone: ui.Outline}
	case hiring.InviteSending:
		if i.Problem != "" {
			return ui.BadgeProps{Label: "Trying again", Tone: ui.Fair}
		}
		return ui.BadgeProps{Label: "Sending", Tone: ui.Info}
	}
	if i.Problem != "" {
		return ui.BadgeProps{Label: "Trying again", Tone: ui.Fair}
	}
	return ui.BadgeProps{Label: "Waiting"}
}

const invitePlaceholder = `Ada Lovelace <ada@example.com>
Grace Hopper <grace@example.com>`
