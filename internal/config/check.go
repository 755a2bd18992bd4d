package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	production = "https://partner-api.taptalent.io/v1/partner"
	sandbox    = "https://sandbox.partner-api.taptalent.io/v1/partner"

	shortestPassword = 10 // characters
	shortestKey      = 16 // characters
)

// keyFormat is that of the provider's reference: sk_live_ or sk_test_ and 22 base62 characters.
var keyFormat = regexp.MustCompile(`^sk_(live|test)_[0-9A-Za-z]{22}$`)

// config checks every variable and reports each mistake to c; the result counts only when there is none.
func (v variables) config(c *checker) Config {
	cfg := Config{
		Addr:         c.addr("GREENROOM_ADDR", v.Addr),
		Data:         filepath.Clean(v.Data),
		DatabaseURL:  c.database("DATABASE_URL", v.DatabaseURL),
		PGBin:        v.PGBin,
		Proxies:      c.networks("GREENROOM_PROXIES", v.Proxies),
		MetricsToken: c.key("GREENROOM_METRICS_TOKEN", v.MetricsToken, shortestKey),
		SecretKey:    c.key("GREENROOM_SECRET_KEY", v.SecretKey, 32),
		SampleData:   c.yes("GREENROOM_SAMPLE_DATA", v.SampleData),
		TapTalent:    v.tapTalent(c),
		Engine: Engine{
			Key:         c.key("GREENROOM_ENGINE_KEY", v.EngineKey, shortestKey),
			WebhookURLs: c.urls("GREENROOM_ENGINE_WEBHOOK_URLS", v.EngineWebhookURLs),
			Credits:     c.credits("GREENROOM_ENGINE_CREDITS", v.EngineCredits),
		},
		Admin:      v.admin(c),
		Model:      c.model("OPENAI", Model{v.ModelURL, Secret(v.ModelKey), v.ModelName}),
		Transcribe: c.model("OPENAI_TRANSCRIBE", Model{v.TranscribeURL, Secret(v.TranscribeKey), v.TranscribeName}),
		Mail:       v.mail(c),
	}
	cfg.URL = v.baseURL(c)
	if cfg.SampleData && v.TapTalentKey != "" {
		c.problem("GREENROOM_SAMPLE_DATA", "sample data would cost credits and invite people at TapTalent; unset it, or unset TAPTALENT_API_KEY to try Greenroom on the local engine")
	}
	return cfg
}

func (v variables) baseURL(c *checker) string {
	const name, example = "GREENROOM_URL", "https://hire.example.com"
	if v.URL != "" {
		base := c.url(name, v.URL, example)
		if u, err := url.Parse(base); err == nil && u.Path != "" {
			c.problem(name, "%q has the path %q; Greenroom lives at the root of its host, set something like %s", v.URL, u.Path, example)
		}
		return base
	}
	_, port, err := net.SplitHostPort(v.Addr)
	if err != nil || port == "0" {
		return ""
	}
	return "http://localhost:" + port
}

func (v variables) tapTalent(c *checker) TapTalent {
	const keyName, urlName = "TAPTALENT_API_KEY", "TAPTALENT_API_URL"
	webhookKey := c.key("TAPTALENT_WEBHOOK_KEY", v.TapTalentWebhookKey, 1)
	if v.TapTalentKey == "" {
		if v.TapTalentURL != "" {
			c.problem(urlName, "it has no effect without a key; set TAPTALENT_API_KEY too, or unset it for the local engine")
		}
		return TapTalent{WebhookKey: webhookKey}
	}
	t, wrongKey, wrongURL := NewTapTalent(v.TapTalentKey, v.TapTalentURL)
	if wrongKey != "" {
		c.problem(keyName, "%s", wrongKey)
	}
	if wrongURL != "" {
		c.problem(urlName, "%s", wrongURL)
	}
	t.WebhookKey = webhookKey
	return t
}

// NewTapTalent checks a key, which may not be empty, and the base path of the API, which is the key's own when address
// is empty. What is wrong with either is said in words for who set it; "" is nothing.
func NewTapTalent(key, address string) (t TapTalent, wrongKey, wrongURL string) {
	t.Key, t.URL = Secret(key), production
	if !keyFormat.MatchString(key) {
		wrongKey = "a key is sk_live_ or sk_test_ and 22 letters and digits, and this is not; copy it from TapTalent again"
	}
	if address == "" {
		if strings.HasPrefix(key, "sk_test_") {
			t.URL = sandbox
		}
		return t, wrongKey, ""
	}
	t.URL, wrongURL = checkURL(address, production)
	if u, err := url.Parse(t.URL); wrongURL == "" && err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		wrongURL = fmt.Sprintf("%q would send the key unprotected; set an https address such as %s", address, production)
	}
	return t, wrongKey, wrongURL
}

func (v variables) admin(c *checker) Admin {
	const email, password = "GREENROOM_ADMIN_EMAIL", "GREENROOM_ADMIN_PASSWORD"
	switch {
	case v.AdminEmail == "" && v.AdminPassword != "":
		c.problem(email, "%s is set and this is not; set both, or neither to use the setup page", password)
	case v.AdminEmail != "" && v.AdminPassword == "":
		c.problem(password, "%s is set and this is not; set both, or neither to use the setup page", email)
	}
	if a, err := mail.ParseAddress(v.AdminEmail); v.AdminEmail != "" && (err != nil || a.Address != v.AdminEmail) {
		c.problem(email, "%q is not an email address; set something like ada@example.com", v.AdminEmail)
	}
	if n := utf8.RuneCountInString(v.AdminPassword); n > 0 && n < shortestPassword {
		c.problem(password, "it has %d characters; set one of %d or more", n, shortestPassword)
	}
	return Admin{Email: v.AdminEmail, Password: Secret(v.AdminPassword)}
}

func (v variables) mail(c *checker) Mail {
	const server, from = "SMTP_URL", "MAIL_FROM"
	if v.SMTP != "" {
		u, err := url.Parse(v.SMTP)
		if err != nil || !slices.Contains([]string{"smtp", "smtps"}, u.Scheme) || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
			c.problem(server, "it is not a mail server's address; set something like smtps://user:password@mail.example.com")
		}
		if v.MailFrom == "" {
			c.problem(from, "%s is set and this is not; set the sender, such as Hiring <hiring@example.com>", server)
		}
	}
	if v.MailFrom != "" {
		if _, err := mail.ParseAddress(v.MailFrom); err != nil {
			c.problem(from, "%q is not an email address; set something like Hiring <hiring@example.com>", v.MailFrom)
		}
	}
	return Mail{URL: Secret(v.SMTP), From: v.MailFrom}
}

func (c *checker) model(prefix string, m Model) Model {
	base, name := prefix+"_BASE_URL", prefix+"_MODEL"
	c.key(prefix+"_API_KEY", string(m.Key), 1)
	switch {
	case m.URL != "" && m.Name == "":
		c.problem(name, "%s is set and this is not; set the name of a model of that server", base)
	case m.URL == "" && m.Name != "":
		// A default address would send people's answers to a company that nobody named.
		c.problem(base, "%s is set and this is not; set the server's address, such as https://api.openai.com/v1, or unset %s", name, name)
	}
	if m.URL != "" {
		m.URL = c.url(base, m.URL, "https://api.openai.com/v1")
	}
	return m
}

func (c *checker) addr(name, value string) string {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		c.problem(name, "%q is not host:port; set something like 127.0.0.1:8080", value)
		return ""
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.problem(name, "%q is not a port; set a number from 1 to 65535, such as 127.0.0.1:8080", port)
	}
	return value
}

// url checks an http or https address and returns it without a slash at its end.
func (c *checker) url(name, value, example string) string {
	checked, wrong := checkURL(value, example)
	if wrong != "" {
		c.problem(name, "%s", wrong)
	}
	return checked
}

// checkURL gives an http or https address without a slash at its end, or says what is wrong with it.
func checkURL(value, example string) (checked, wrong string) {
	u, err := url.Parse(value)
	switch {
	case !strings.Contains(value, "://"):
		wrong = "has no scheme"
	case err != nil:
		wrong = "is not an address"
	case u.Scheme != "http" && u.Scheme != "https":
		wrong = "is neither http nor https"
	case u.Hostname() == "":
		wrong = "has no host"
	case u.User != nil:
		return "", fmt.Sprintf("it has a user or password in it, and would be shown; set something like %s", example)
	case u.RawQuery != "" || u.Fragment != "":
		wrong = "has something after its path"
	default:
		return strings.TrimRight(value, "/"), ""
	}
	shown := strconv.Quote(value)
	if strings.Contains(value, "@") { // perhaps a password
		shown = "it"
	}
	return "", fmt.Sprintf("%s %s; set something like %s", shown, wrong, example)
}

func (c *checker) urls(name, list string) []string {
	var urls []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			urls = append(urls, c.receiver(name, part))
		}
	}
	return urls
}

// networks reads addresses, which are networks of one, and networks.
func (c *checker) networks(name, list string) (networks []netip.Prefix) {
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		network, err := netip.ParsePrefix(part)
		if addr, alone := netip.ParseAddr(part); alone == nil {
			network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			c.problem(name, "%q is no address and no network; set something like 10.0.0.7, 172.16.0.0/12", part)
			continue
		}
		networks = append(networks, network.Masked())
	}
	if len(networks) == 0 {
		c.problem(name, "it names nothing; unset it to believe proxies on this machine")
	}
	return networks
}

// receiver is an address whose path and query are the receiver's business.
func (c *checker) receiver(name, value string) string {
	before, _, _ := strings.Cut(value, "?")
	c.url(name, before, "https://example.com/hooks/greenroom")
	return value
}

// database checks without repeating the value, which holds a password.
func (c *checker) database(name, value string) Secret {
	scheme, rest, isURL := strings.Cut(value, "://")
	_, err := url.Parse(value)
	ok := isURL && (scheme == "postgres" || scheme == "postgresql") && rest != "" && err == nil
	// The other form that Postgres clients take: host=… dbname=…
	ok = ok || !isURL && (strings.Contains(value, "host=") || strings.Contains(value, "dbname="))
	if value != "" && !ok {
		c.problem(name, "it is not the address of a Postgres; set something like postgres://user:password@db.example.com/greenroom, or unset it for a managed one")
	}
	return Secret(value)
}

// key checks something that travels in an HTTP header.
func (c *checker) key(name, value string, shortest int) Secret {
	switch {
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		c.problem(name, "it has a space or a sign outside ASCII in it; set letters, digits and punctuation only")
	case value != "" && len(value) < shortest:
		c.problem(name, "it has %d characters and could be guessed; set %d or more, such as the output of: openssl rand -hex 16", len(value), shortest)
	}
	return Secret(value)
}

func (c *checker) yes(name, value string) bool {
	yes, err := strconv.ParseBool(value)
	if err != nil {
		c.problem(name, "%q is neither true nor false; set true, or unset it", value)
	}
	return yes
}

func (c *checker) credits(name, value string) *int {
	if value == "" {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		c.problem(name, "%q is not a number of credits; set 0 or more, or unset it for unlimited ones", value)
	}
	return &n
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
