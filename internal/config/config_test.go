package config

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const liveKey, testKey = "sk_live_0123456789abcdefABCDEF", "sk_test_0123456789abcdefABCDEF"

// networks compares by value what has no exported fields.
var networks = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	got, err := Load([]string{"PATH=/bin", "HOME=/home/ada", "OPENAI_API_KEY=often-set-in-shells", "TAPTALENT_API_KEY="})
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Addr: "127.0.0.1:8080", URL: "http://localhost:8080", Data: "data", Model: Model{Key: "often-set-in-shells"},
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	if diff := cmp.Diff(want, got, networks); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.TapTalent.Key != "" || got.Model.On() || got.Transcribe.On() {
		t.Errorf("TapTalent %v, model %v, transcription %v; want none", got.TapTalent, got.Model.On(), got.Transcribe.On())
	}
}

func TestLoadEverything(t *testing.T) {
	t.Parallel()
	got, err := Load([]string{
		"GREENROOM_ADDR=:9000",
		"GREENROOM_URL=https://hire.example.com/",
		"GREENROOM_DATA=/var/lib/greenroom/",
		"DATABASE_URL=postgres://green:hidden-pw@db/greenroom",
		"GREENROOM_PG_BIN=/opt/pg/bin",
		"TAPTALENT_API_KEY= " + liveKey + "\n",
		"TAPTALENT_WEBHOOK_KEY=hook-key",
		"GREENROOM_ENGINE_KEY=engine-key-0123456789",
		"GREENROOM_ENGINE_WEBHOOK_URLS=https://a.example/x?token=1, http://127.0.0.1:9/y,",
		"GREENROOM_ENGINE_CREDITS=0",
		"GREENROOM_ADMIN_EMAIL=ada@example.com",
		"GREENROOM_ADMIN_PASSWORD= correct horse ",
		"GREENROOM_SAMPLE_DATA=false",
		"OPENAI_BASE_URL=http://gpu:8000/v1/",
		"OPENAI_API_KEY=model-key",
		"OPENAI_MODEL=qwen",
		"OPENAI_TRANSCRIBE_BASE_URL=http://gpu:8001/v1",
		"OPENAI_TRANSCRIBE_MODEL=whisper",
		"SMTP_URL=smtps://u:p@mail.example.com:465",
		"MAIL_FROM=Hiring <hiring@example.com>",
		"GREENROOM_METRICS_TOKEN=metrics-token-0123",
		"GREENROOM_PROXIES=10.0.0.7,172.16.1.0/12,",
	})
	if err != nil {
		t.Fatal(err)
	}
	none := 0
	want := Config{
		Addr: ":9000", URL: "https://hire.example.com", Data: "/var/lib/greenroom",
		DatabaseURL: "postgres://green:hidden-pw@db/greenroom", PGBin: "/opt/pg/bin", MetricsToken: "metrics-token-0123",
		Proxies:   []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32"), netip.MustParsePrefix("172.16.0.0/12")},
		TapTalent: TapTalent{Key: liveKey, URL: production, WebhookKey: "hook-key"},
		Engine: Engine{Key: "engine-key-0123456789", Credits: &none,
			WebhookURLs: []string{"https://a.example/x?token=1", "http://127.0.0.1:9/y"}},
		Admin:      Admin{Email: "ada@example.com", Password: " correct horse "},
		Model:      Model{URL: "http://gpu:8000/v1", Key: "model-key", Name: "qwen"},
		Transcribe: Model{URL: "http://gpu:8001/v1", Name: "whisper"},
		Mail:       Mail{URL: "smtps://u:p@mail.example.com:465", From: "Hiring <hiring@example.com>"},
	}
	if diff := cmp.Diff(want, got, networks); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoadDerives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		read    func(Config) string
		want    string
	}{
		"the URL follows the port":        {[]string{"GREENROOM_ADDR=0.0.0.0:9000"}, func(c Config) string { return c.URL }, "http://localhost:9000"},
		"a port to be had leaves it open": {[]string{"GREENROOM_ADDR=127.0.0.1:0"}, func(c Config) string { return c.URL }, ""},
		"a test key means the sandbox":    {[]string{"TAPTALENT_API_KEY=" + testKey}, func(c Config) string { return c.TapTalent.URL }, sandbox},
		"an address stands above that":    {[]string{"TAPTALENT_API_KEY=" + testKey, "TAPTALENT_API_URL=http://127.0.0.1:1/v1/"}, func(c Config) string { return c.TapTalent.URL }, "http://127.0.0.1:1/v1"},
		"a connection string of words":    {[]string{"DATABASE_URL=host=/run/pg dbname=green"}, func(c Config) string { return c.DatabaseURL.Reveal() }, "host=/run/pg dbname=green"},
		"the last of two counts":          {[]string{"GREENROOM_DATA=a", "GREENROOM_DATA=b"}, func(c Config) string { return c.Data }, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := Load(c.environ)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.read(cfg); got != c.want {
				t.Errorf("got %q; want %q", got, c.want)
			}
		})
	}
}

func TestLoadMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ environ, want string }{
		{"GREENROOM_ADDR=8080", `GREENROOM_ADDR: "8080" is not host:port; set something like 127.0.0.1:8080`},
		{"GREENROOM_ADDR=:http", `GREENROOM_ADDR: "http" is not a port; set a number from 1 to 65535, such as 127.0.0.1:8080`},
		{"GREENROOM_URL=localhost", `GREENROOM_URL: "localhost" has no scheme; set something like https://hire.example.com`},
		{"GREENROOM_URL=ftp://hire", `GREENROOM_URL: "ftp://hire" is neither http nor https; set something like https://hire.example.com`},
		{"GREENROOM_URL=https://", `GREENROOM_URL: "https://" has no host; set something like https://hire.example.com`},
		{"GREENROOM_URL=https://hire/desk", `GREENROOM_URL: "https://hire/desk" has the path "/desk"; Greenroom lives at the root of its host, set something like https://hire.example.com`},
		{"GREENROOM_URL=https://hire/?a=b", `GREENROOM_URL: "https://hire/?a=b" has something after its path; set something like https://hire.example.com`},
		{"DATABASE_URL=mysql://u:hidden-pw@db/x", `DATABASE_URL: it is not the address of a Postgres; set something like postgres://user:password@db.example.com/greenroom, or unset it for a managed one`},
		{"TAPTALENT_API_KEY=sk_live_short", `TAPTALENT_API_KEY: a key is sk_live_ or sk_test_ and 22 letters and digits, and this is not; copy it from TapTalent again`},
		{"TAPTALENT_API_URL=https://x.example/v1", `TAPTALENT_API_URL: it has no effect without a key; set TAPTALENT_API_KEY too, or unset it for the local engine`},
		{"TAPTALENT_API_KEY=" + liveKey + "|TAPTALENT_API_URL=http://x.example/v1", `TAPTALENT_API_URL: "http://x.example/v1" would send the key unprotected; set an https address such as ` + production},
		{"TAPTALENT_API_KEY=" + liveKey + "|GREENROOM_SAMPLE_DATA=true", `GREENROOM_SAMPLE_DATA: sample data would cost credits and invite people at TapTalent; unset it, or unset TAPTALENT_API_KEY to try Greenroom on the local engine`},
		{"TAPTALENT_WEBHOOK_KEY=two words", `TAPTALENT_WEBHOOK_KEY: it has a space or a sign outside ASCII in it; set letters, digits and punctuation only`},
		{"GREENROOM_ENGINE_KEY=short", `GREENROOM_ENGINE_KEY: it has 5 characters and could be guessed; set 16 or more, such as the output of: openssl rand -hex 16`},
		{"GREENROOM_ENGINE_WEBHOOK_URLS=https://a.example/x,b.example", `GREENROOM_ENGINE_WEBHOOK_URLS: "b.example" has no scheme; set something like https://example.com/hooks/greenroom`},
		{"GREENROOM_ENGINE_CREDITS=-1", `GREENROOM_ENGINE_CREDITS: "-1" is not a number of credits; set 0 or more, or unset it for unlimited ones`},
		{"GREENROOM_ADMIN_EMAIL=ada@example.com", `GREENROOM_ADMIN_PASSWORD: GREENROOM_ADMIN_EMAIL is set and this is not; set both, or neither to use the setup page`},
		{"GREENROOM_ADMIN_PASSWORD=hidden-pw-0", `GREENROOM_ADMIN_EMAIL: GREENROOM_ADMIN_PASSWORD is set and this is not; set both, or neither to use the setup page`},
		{"GREENROOM_ADMIN_EMAIL=ada|GREENROOM_ADMIN_PASSWORD=hidden-pw-0", `GREENROOM_ADMIN_EMAIL: "ada" is not an email address; set something like ada@example.com`},
		{"GREENROOM_ADMIN_EMAIL=ada@example.com|GREENROOM_ADMIN_PASSWORD=hidden-pw", `GREENROOM_ADMIN_PASSWORD: it has 9 characters; set one of 10 or more`},
		{"GREENROOM_SAMPLE_DATA=perhaps", `GREENROOM_SAMPLE_DATA: "perhaps" is neither true nor false; set true, or unset it`},
		{"OPENAI_BASE_URL=http://gpu/v1", `OPENAI_MODEL: OPENAI_BASE_URL is set and this is not; set the name of a model of that server`},
		{"OPENAI_TRANSCRIBE_MODEL=whisper", `OPENAI_TRANSCRIBE_BASE_URL: OPENAI_TRANSCRIBE_MODEL is set and this is not; set the server's address, such as https://api.openai.com/v1, or unset OPENAI_TRANSCRIBE_MODEL`},
		{"OPENAI_MODEL=m|OPENAI_BASE_URL=https://u:hidden-pw@gpu/v1", `OPENAI_BASE_URL: it has a user or password in it, and would be shown; set something like https://api.openai.com/v1`},
		{"OPENAI_MODEL=m|OPENAI_BASE_URL=u:hidden-pw@gpu", `OPENAI_BASE_URL: it has no scheme; set something like https://api.openai.com/v1`},
		{"SMTP_URL=smtp://mail.example.com", `MAIL_FROM: SMTP_URL is set and this is not; set the sender, such as Hiring <hiring@example.com>`},
		{"SMTP_URL=https://u:hidden-pw@mail.example.com|MAIL_FROM=a@example.com", `SMTP_URL: it is not a mail server's address; set something like smtps://user:password@mail.example.com`},
		{"MAIL_FROM=hiring", `MAIL_FROM: "hiring" is not an email address; set something like Hiring <hiring@example.com>`},
		{"GREENROOM_METRICS_TOKEN=short", `GREENROOM_METRICS_TOKEN: it has 5 characters and could be guessed; set 16 or more, such as the output of: openssl rand -hex 16`},
		{"GREENROOM_ADR=:80", `GREENROOM_ADR: there is no such setting; did you mean GREENROOM_ADDR?`},
		{"TAPTALENT_KEY=x", `TAPTALENT_KEY: there is no such setting; did you mean TAPTALENT_API_KEY?`},
		{"GREENROOM_DATABASE_URL=x", `GREENROOM_DATABASE_URL: there is no such setting; did you mean DATABASE_URL?`},
		{"GREENROOM_WALLPAPER=x", `GREENROOM_WALLPAPER: there is no such setting; unset it`},
	} {
		t.Run(c.environ, func(t *testing.T) {
			t.Parallel()
			_, err := Load(strings.Split(c.environ, "|"))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v; want an *Error", err)
			}
			if diff := cmp.Diff([]string{c.want}, e.Problems); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if strings.Contains(err.Error(), "hidden-pw") {
				t.Errorf("the message holds a secret: %v", err)
			}
		})
	}
}

func TestLoadTellsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load([]string{"GREENROOM_ADDR=8080", "GREENROOM_ENGINE_CREDITS=many", "GREENROOM_OTHER=1", "SMTP_URL=nonsense"})
	if err == nil || strings.Count(err.Error(), "\n") != 4 { // SMTP_URL misses MAIL_FROM too
		t.Errorf("got %v; want five lines", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Settings() {
		if s.Name == "" || s.Meaning == "" || s.Default == "" || s.Default == "unset: " || seen[s.Name] {
			t.Errorf("incomplete, or there twice: %+v", s)
		}
		seen[s.Name] = true
	}
	if len(seen) != 25 {
		t.Errorf("%d settings", len(seen))
	}
}
