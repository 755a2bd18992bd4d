package views

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// Review is the team's judgement on the page of one candidate. It is itself the panel of scorecards, which stands once.
type Review struct{ p ReviewProps }

// NewReview draws it.
func NewReview(p ReviewProps) Review { return Review{p} }

// Render writes the panel.
func (r Review) Render(ctx context.Context, w io.Writer) error {
	return reviewPanel(r.p).Render(ctx, w)
}

// Beside is what belongs beside the answer to the question with that provider's id: its part of the form, or what the
// team made of it. It may show nothing; it is never nil.
func (r Review) Beside(questionRef string) templ.Component {
	at := slices.IndexFunc(r.p.Answers, func(a hiring.Answer) bool { return a.QuestionRef == questionRef })
	switch {
	case at < 0:
		return templ.NopComponent
	case r.p.Form != nil:
		return reviewRating(r.p, at+1, r.p.Answers[at])
	case r.p.open():
		return reviewRatings(r.p.ratingsOf(questionRef))
	}
	return templ.NopComponent
}

// ReviewProps of the scorecards of one candidate, as one member of the team sees them.
type ReviewProps struct {
	Now       time.Time
	URL       *url.URL // of the page
	Candidate hiring.Candidate
	Answers   []hiring.Answer
	Cards     []hiring.Scorecard // everybody's
	User      int64              // who looks
	Required  int                // scorecards that make a score
	Takes     bool               // the provider takes people's scores
	Provider  string             // for people
	Form      *ReviewForm        // nil: no form is shown
	Problems  ui.Problems
}

// ReviewForm is what was typed, or is there to be changed, by the question's provider's id.
type ReviewForm struct {
	Ratings map[string]string // a step's score: "75"
	Notes   map[string]string
	Comment string
}

// NewReviewForm begins with a scorecard; the zero Scorecard gives an empty form.
func NewReviewForm(card hiring.Scorecard) *ReviewForm {
	f := &ReviewForm{Ratings: map[string]string{}, Notes: map[string]string{}, Comment: card.Comment}
	for _, a := range card.Answers {
		if _, step := hiring.RatingOf(a.Score); step {
			f.Ratings[a.QuestionRef] = strconv.FormatFloat(a.Score, 'f', 0, 64)
		}
		f.Notes[a.QuestionRef] = a.Note
	}
	return f
}

// Mine is the scorecard of who looks; nil: not saved yet.
func (p ReviewProps) Mine() *hiring.Scorecard {
	for i := range p.Cards {
		if p.Cards[i].UserID == p.User {
			return &p.Cards[i]
		}
	}
	return nil
}

// Reviewable says whether there is anything to judge.
func (p ReviewProps) Reviewable() bool {
	return (p.Candidate.Stage == hiring.StageFinished || p.Candidate.Stage == hiring.StageTimedOut) && len(p.Answers) > 0
}

// Awaited says whether the judgement of who looks is still needed.
func (p ReviewProps) Awaited() bool {
	return p.Reviewable() && p.Candidate.Wants() && p.Mine() == nil && len(p.Cards) < p.Required
}

// open says whether who looks may see what others think: not before they have said what they think themselves, as
// long as that is still wanted.
func (p ReviewProps) open() bool {
	return p.Mine() != nil || !p.Awaited() && len(p.Cards) >= p.Required
}

// Suggested says whether there is a model's suggestion that people can take over.
func (p ReviewProps) Suggested() bool {
	return p.Takes && p.Candidate.Evaluation == hiring.EvaluationPendingReview && p.Candidate.AIScore != nil
}

func (p ReviewProps) suggester() string {
	if p.Candidate.Model != "" {
		return p.Candidate.Model
	}
	return p.Provider
}

// href is the page with the form begun in a way ("edit", "suggestion"), or as it is for "".
func (p ReviewProps) href(form string) string {
	q := p.URL.Query()
	q.Del("review")
	if form != "" {
		q.Set("review", form)
	}
	return withQuery(ReviewHref(p.Candidate.ID), q) + "#review"
}

// action is where the form goes; it keeps the list that the page was opened from.
func (p ReviewProps) action(verb string) string {
	q := p.URL.Query()
	q.Del("review")
	return withQuery(ReviewHref(p.Candidate.ID)+"/scorecard"+verb, q)
}

// live is where the panel reads itself anew: with the rest of its page.
func (p ReviewProps) live() string { return CandidateHrefWith(p.Candidate.ID, p.URL.Query()) }

// ReviewHref is the page that a candidate is reviewed on.
func ReviewHref(candidate int64) string { return fmt.Sprintf("/candidates/%d", candidate) }

// progress is "1 of 2 scorecards in".
func (p ReviewProps) progress() string {
	if len(p.Cards) > p.Required {
		return ui.Count(len(p.Cards), "scorecard", "scorecards") + " in"
	}
	return fmt.Sprintf("%d of %s in", len(p.Cards), ui.Count(p.Required, "scorecard", "scorecards"))
}

// standing says how things are, in a sentence or two.
func (p ReviewProps) standing() string {
	c, mine := p.Candidate, p.Mine()
	missing := p.Required - len(p.Cards)
	switch {
	case c.Stage == hiring.StageEnded && len(p.Answers) == 0:
		return c.Label() + " left early without handing anything in. There is nothing to review."
	case !c.Stage.Over():
		return c.Label() + " hasn’t finished yet. You can review the answers as soon as they are in."
	case !p.Reviewable():
		return "The answers aren’t here yet. They are fetched as soon as " + p.Provider + " has them."
	case p.Form != nil && mine != nil:
		return "Change what you like. What you save replaces your scorecard of before."
	case p.Awaited() && len(p.Cards) > 0:
		return "What others think is hidden until you have saved your scorecard, so that it stays your own."
	case p.Awaited():
		return "Rate every answer. Nobody sees your scorecard before they have saved theirs."
	case mine == nil && p.Form != nil && missing <= 0:
		return "The score is made already. With your scorecard it becomes the mean of " + strconv.Itoa(len(p.Cards)+1) + "."
	case p.Takes && missing <= 0 && !allSent(p.Cards):
		return "The team’s score is on its way. It shows here as soon as " + p.Provider + " confirms it."
	case mine != nil && p.Takes && missing > 0:
		return "Your scorecard is saved. The score follows when " + ui.Count(missing, "more is", "more are") + " in."
	case !p.Takes && len(p.Cards) > 0 && c.Score != nil:
		return p.Provider + " makes the score by itself. The team’s mean stands beside it and doesn’t change it."
	case mine == nil && c.Score != nil && p.Takes && len(p.Cards) == 0:
		return "Nobody of the team has scored this. " + p.replaces()
	case mine == nil && c.Score != nil && len(p.Cards) == 0:
		return p.Provider + " scored this. Scorecards of the team stand beside that score and don’t change it."
	case !p.open() && len(p.Cards) > 0:
		return "What others think is hidden until you have saved your scorecard, or the required number is in."
	}
	return ""
}

func (p ReviewProps) replaces() string {
	if p.Required == 1 {
		return "If you do, your score replaces the one above."
	}
	return fmt.Sprintf("Once %d people do, their mean replaces the score above.", p.Required)
}

func allSent(cards []hiring.Scorecard) bool {
	return !slices.ContainsFunc(cards, func(c hiring.Scorecard) bool { return c.SentAt == nil })
}

// mean is the team's, of those who scored; nil before the required number is in.
func (p ReviewProps) mean() *float64 {
	m, ok := hiring.Mean(p.Cards, p.Required)
	if !ok {
		return nil
	}
	return &m.Score
}

// ratingLine is one person's judgement of one answer.
type ratingLine struct {
	name, word, note string
	score            float64
}

func (p ReviewProps) ratingsOf(ref string) []ratingLine {
	var lines []ratingLine
	for _, card := range p.Cards {
		for _, a := range card.Answers {
			if a.QuestionRef == ref {
				lines = append(lines, ratingLine{name: p.writer(card), word: ratingWord(a.Score), note: a.Note, score: a.Score})
			}
		}
	}
	return lines
}

func (p ReviewProps) writer(card hiring.Scorecard) string {
	switch {
	case card.UserID == p.User:
		return "You"
	case card.UserName == "":
		return "Somebody who has left"
	}
	return card.UserName
}

func cardScore(card hiring.Scorecard) *float64 {
	score, ok := card.Score()
	if !ok {
		return nil
	}
	return &score
}

func ratingWord(score float64) string {
	if r, ok := hiring.RatingOf(score); ok {
		return r.Name
	}
	return ui.Figure(score)
}

func ratingValue(r hiring.Rating) string { return strconv.FormatFloat(r.Score, 'f', 0, 64) }

// noteID is the id of the fold round a note, which stays open when the page refreshes itself.
func noteID(n int) string { return "note-fold-" + strconv.Itoa(n) }

// ReviewsProps of the page of one person's reviews.
type ReviewsProps struct {
	Now      time.Time
	URL      string
	Required int
	Waiting  []hiring.WaitingReview
	Total    int // of those waiting
	Done     []hiring.DoneReview
	DoneAll  int
	Before   int64
	More     bool
}

func (p ReviewsProps) pageHead() ui.PageHeadProps {
	head := ui.PageHeadProps{Title: "My reviews"}
	if len(p.Waiting) > 0 {
		head.Primary = ui.LinkButton(ui.LinkButtonProps{Label: "Review the next one", Icon: "clipboard-check", Href: ReviewHref(p.Waiting[0].ID)})
	}
	return head
}

func (p ReviewsProps) waitingTitle() string {
	if p.Total == 0 {
		return "Waiting for you"
	}
	return fmt.Sprintf("Waiting for you (%d)", p.Total)
}

func (p ReviewsProps) doneTitle() string {
	if p.DoneAll == 0 {
		return "Done by you"
	}
	return fmt.Sprintf("Done by you (%d)", p.DoneAll)
}

func (p ReviewsProps) older() string {
	if !p.More {
		return ""
	}
	return fmt.Sprintf("/reviews?before=%d#done", p.Done[len(p.Done)-1].Scorecard.ID)
}

func (p ReviewsProps) latest() string {
	if p.Before == 0 {
		return ""
	}
	return "/reviews#done"
}

func submittedAt(c hiring.Candidate) time.Time {
	if c.EndedAt != nil {
		return *c.EndedAt
	}
	return c.StageAt
}

func doneScore(d hiring.DoneReview) string {
	if d.Candidate.Score == nil {
		return ""
	}
	return ui.Figure(*d.Candidate.Score)
}
