package partner

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"greenroom/internal/partnerapi"
)

// Candidates reads one page of the people who finished or timed out. limit 0 leaves the page's size to the provider;
// nextToken is "" for the first page and Pagination.NextToken of the page before for the others; a nil or empty
// NextToken there ends the list and is given as nil. hiring.ErrForbidden may mean that the assessment is gone.
func (c *Client) Candidates(ctx context.Context, assessment string, limit int, nextToken string) (partnerapi.CandidatePage, error) {
	q := url.Values{}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if nextToken != "" {
		q.Set("nextToken", nextToken)
	}
	var out partnerapi.CandidatePage
	err := c.do(ctx, call{op: OpCandidates, method: http.MethodGet, path: partnerapi.PathCandidates,
		ids: []string{assessment}, query: q}, data(&out, completeCandidates))
	return out, err
}

func completeCandidates(p *partnerapi.CandidatePage) error {
	p.Candidates = list(p.Candidates)
	for i := range p.Candidates {
		c := &p.Candidates[i]
		if c.CandidateID == "" {
			return errors.New("a candidate without an id")
		}
		c.Questions = list(c.Questions)
	}
	if t := p.Pagination.NextToken; t != nil && *t == "" {
		p.Pagination.NextToken = nil
	}
	return nil
}
