package views

import "greenroom/internal/views/ui"

// SignInProps of the sign-in page. Next is where to go afterwards.
type SignInProps struct {
	Email, Next string
	Problems    ui.Problems
}

// ForgotProps of the page that sends a link to choose a new password.
type ForgotProps struct {
	Email    string
	Problems ui.Problems
}

// LinkProps of a one-time link's page. Joining asks for a name, a reset doesn't.
type LinkProps struct {
	Action      string // where the form goes
	Email, Name string
	Join        bool
	Company     string // for Join
	Role        string // for Join, in words
	Problems    ui.Problems
}

// DeadLinkProps of a link that can't be used. Forgot offers to ask for a new one.
type DeadLinkProps struct {
	Sentence string
	Forgot   bool
}

// ProfileProps of a member's own page.
type ProfileProps struct {
	Name, Email, Role string
	NameProblems      ui.Problems
	PasswordProblems  ui.Problems
}
