package config

import "strings"

// variables are the environment as it is written, in the order of the README's table. "about" says what a variable
// means, "unset" what holds without it where that is not a value.
type variables struct {
	Addr        string `env:"GREENROOM_ADDR" envDefault:"127.0.0.1:8080" about:"listen address"`
	URL         string `env:"GREENROOM_URL" about:"public base URL, in links and cookies" unset:"http://localhost and the port of GREENROOM_ADDR"`
	Data        string `env:"GREENROOM_DATA" envDefault:"./data" about:"folder for the managed Postgres and the file secret.key"`
	DatabaseURL string `env:"DATABASE_URL" about:"your Postgres" unset:"a managed one in the data folder"`
	PGBin       string `env:"GREENROOM_PG_BIN" about:"folder of the programs postgres and initdb for the managed Postgres" unset:"looked for on PATH and where packages put them"`

	TapTalentKey        string `env:"TAPTALENT_API_KEY" about:"key of the live provider" unset:"what an admin chooses under Connection; before that the local engine"`
	TapTalentURL        string `env:"TAPTALENT_API_URL" about:"base path of the provider's API" unset:"production, or the sandbox with a key sk_test_…"`
	TapTalentWebhookKey string `env:"TAPTALENT_WEBHOOK_KEY" about:"compared with X-Webhook-Key at POST /webhooks/taptalent" unset:"the local engine makes its own; TapTalent's webhooks are taken, marked unverified"`

	SecretKey string `env:"GREENROOM_SECRET_KEY" about:"encrypts the provider key that an admin enters on the connection page; 32 characters or more, the same for every process" unset:"a file secret.key in the data folder, made when it is needed"`

	EngineKey         string `env:"GREENROOM_ENGINE_KEY" about:"API key of the local engine, served at /v1/partner of the same address" unset:"made on first start"`
	EngineWebhookURLs string `env:"GREENROOM_ENGINE_WEBHOOK_URLS" about:"further receivers of the local engine's webhooks, comma separated" unset:"none"`
	EngineCredits     string `env:"GREENROOM_ENGINE_CREDITS" about:"credits of the local engine; create and generate cost one" unset:"unlimited"`

	AdminEmail    string `env:"GREENROOM_ADMIN_EMAIL" about:"creates the first admin at start when there is no user" unset:"a one-time link to /setup is printed at start"`
	AdminPassword string `env:"GREENROOM_ADMIN_PASSWORD" about:"the first admin's password, 10 characters or more" unset:"as above"`
	SampleData    string `env:"GREENROOM_SAMPLE_DATA" envDefault:"false" about:"true: fills an empty installation with the sample data"`

	ModelURL  string `env:"OPENAI_BASE_URL" about:"any OpenAI-compatible server, for generation and scoring" unset:"built-in, labelled as such"`
	ModelKey  string `env:"OPENAI_API_KEY" about:"its key" unset:"none is sent"`
	ModelName string `env:"OPENAI_MODEL" about:"its model" unset:"needed with OPENAI_BASE_URL"`

	TranscribeURL  string `env:"OPENAI_TRANSCRIBE_BASE_URL" about:"the same for speech, usually another server" unset:"no transcript, people listen"`
	TranscribeKey  string `env:"OPENAI_TRANSCRIBE_API_KEY" about:"its key" unset:"none is sent"`
	TranscribeName string `env:"OPENAI_TRANSCRIBE_MODEL" about:"its model" unset:"needed with OPENAI_TRANSCRIBE_BASE_URL"`

	SMTP     string `env:"SMTP_URL" about:"mail server, such as smtps://user:password@mail.example.com" unset:"messages wait in the outbox with a link to copy"`
	MailFrom string `env:"MAIL_FROM" about:"sender of mail, such as Hiring <hiring@example.com>" unset:"needed with SMTP_URL"`

	Proxies string `env:"GREENROOM_PROXIES" envDefault:"127.0.0.0/8, ::1" about:"addresses or networks of the proxies that are believed about X-Forwarded-For, comma separated"`

	MetricsToken string `env:"GREENROOM_METRICS_TOKEN" about:"bearer token that opens /metrics to others than this machine" unset:"closed to them"`
}

// Setting is one variable of the environment, as a row for people.
type Setting struct {
	Name    string
	Meaning string
	Default string // a value, or words for what holds without one
}

// Settings lists every variable that Load knows, in the order in which to explain them.
func Settings() []Setting {
	var list []Setting
	for field := range fields() {
		def, ok := field.Tag.Lookup("envDefault")
		if !ok {
			def = "unset: " + field.Tag.Get("unset")
		}
		list = append(list, Setting{Name: field.Tag.Get("env"), Meaning: field.Tag.Get("about"), Default: def})
	}
	return list
}

// trim drops the spaces and line ends that pasting leaves around values. A password may begin or end with a space.
func trim(given map[string]string) map[string]string {
	for name, value := range given {
		if name != "GREENROOM_ADMIN_PASSWORD" {
			given[name] = strings.TrimSpace(value)
		}
	}
	return given
}
