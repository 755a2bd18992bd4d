package views

import "greenroom/internal/views/ui"

// SetupProps of the page that makes the first admin.
type SetupProps struct {
	Token, Company, Name, Email string
	SampleOffered, Sample       bool
	Problems                    ui.Problems
}
