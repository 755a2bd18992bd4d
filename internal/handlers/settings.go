package handlers

// Installation are facts that the environment set, for the settings page. None of them is a secret.
type Installation struct {
	ProviderURL string // host of the provider's API; "" for the local engine in this process
	Database    string // which Postgres, in words
	Data        string // the data folder; "" with a database of the user's own
	MailServer  string // host of the mail server; "" without one
	MailFrom    string
	Transcribe  string // host of the server that turns speech into text; "" without one
}
