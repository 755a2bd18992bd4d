package partner

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/partnerapi"
)

// Invite sends an invitation by email. hiring.ErrConflict: this address was invited to this assessment before, and
// nothing was sent.
func (c *Client) Invite(ctx context.Context, assessment string, r partnerapi.InviteRequest) (partnerapi.Invited, error) {
	var out partnerapi.Invited
	err := c.do(ctx, call{op: OpInvite, method: http.MethodPost, path: partnerapi.PathInvite, ids: []string{assessment}, body: r},
		data(&out, func(i *partnerapi.Invited) error {
			if i.InviteID == "" {
				return errors.New("an invite without an id")
			}
			return nil
		}))
	return out, err
}
