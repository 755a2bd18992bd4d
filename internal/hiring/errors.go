package hiring

import (
	"errors"
	"strings"
)

// The kinds of failure that a page can explain. Other packages wrap them with what was being done; anything that is
// none of them is a defect of ours or of a machine.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict with what is there")
	ErrForbidden   = errors.New("not allowed")
	ErrUnavailable = errors.New("not available now")
)

// ErrErased means that somebody whom the provider tells of was deleted here, and stays so.
var ErrErased = errors.New("the person was deleted")

// Problem is one thing wrong with an input, in words for the person who typed it.
type Problem struct {
	Field   string // the form field's name; "" means the input as a whole
	Message string // a sentence that says what to do
}

// InvalidError is bad input: at least one Problem, in the order of the fields.
type InvalidError struct{ Problems []Problem }

// Error lists the problems for a log; it holds no input.
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = strings.TrimPrefix(p.Field+": "+p.Message, ": ")
	}
	return "bad input: " + strings.Join(parts, "; ")
}

// Invalid is an InvalidError of one problem.
func Invalid(field, message string) *InvalidError {
	return &InvalidError{Problems: []Problem{{field, message}}}
}

// Check collects problems while rules are gone through. The zero value is ready.
type Check struct{ problems []Problem }

// That notes a problem unless ok.
func (c *Check) That(ok bool, field, message string) {
	if !ok {
		c.problems = append(c.problems, Problem{field, message})
	}
}

// Err is nil, or an *InvalidError with what was noted.
func (c *Check) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &InvalidError{Problems: c.problems}
}
