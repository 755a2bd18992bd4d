package partner

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/partnerapi"
)

// Generation reads how far the writing of an assessment's questions is (partnerapi.CapGenerationStatus).
func (c *Client) Generation(ctx context.Context, assessment string) (partnerapi.Generation, error) {
	var out partnerapi.Generation
	err := c.do(ctx, call{op: OpGeneration, method: http.MethodGet, path: partnerapi.PathGeneration, ids: []string{assessment}},
		data(&out, func(g *partnerapi.Generation) error {
			if g.State == "" {
				return errors.New("a generation without a state")
			}
			return nil
		}))
	return out, err
}
