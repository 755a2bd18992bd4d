package partnerapi

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// PathInvite is POST, relative to BasePath.
const PathInvite = "/assessment/{assessmentId}/invite"

// Values of InviteRequest.InviteeType.
const (
	InviteeCandidate = "CANDIDATE" // the default
	InviteeReviewer  = "REVIEWER"
)

// InviteRequest is the body of POST …/invite: names and address, or JobCandidateID.
type InviteRequest struct {
	EmailAddress   string    `json:"emailAddress,omitempty"`
	FirstName      string    `json:"firstName,omitempty"`
	LastName       string    `json:"lastName,omitempty"`
	JobCandidateID JobNumber `json:"jobCandidateId,omitempty"`
	InviteeType    string    `json:"inviteeType,omitempty"`
}

// Invited is the data of POST …/invite.
type Invited struct {
	InviteID ID `json:"inviteId"`
}

// JobNumber is an id that two request bodies of the reference write as a JSON number (jobId of auto-generate,
// jobCandidateId of invite). It is text everywhere else in this program; "" means none. Digits are written as a
// number; anything else, which the provider will refuse, as text.
type JobNumber string

// MarshalJSON writes a number where the id is one.
func (n JobNumber) MarshalJSON() ([]byte, error) {
	if n != "" && len(n) <= 18 && len(bytes.Trim([]byte(n), "0123456789")) == 0 && (n[0] != '0' || n == "0") {
		return []byte(n), nil
	}
	return json.Marshal(string(n))
}

// UnmarshalJSON accepts a JSON number only, as the reference says; null reads as "".
func (n *JobNumber) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); bytes.Equal(b, []byte("null")) {
		*n = ""
		return nil
	}
	var num json.Number
	if len(b) > 0 && b[0] == '"' || json.Unmarshal(b, &num) != nil {
		return fmt.Errorf("must be a number")
	}
	*n = JobNumber(num.String())
	return nil
}
