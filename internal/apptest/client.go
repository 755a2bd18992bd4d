package apptest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"greenroom/internal/hiring"
)

// Client is a browser without scripts: it keeps cookies and follows no redirect by itself.
type Client struct {
	User hiring.User // who is signed in; the zero value for nobody

	app  *App
	http *http.Client
}

// Page is an answer.
type Page struct {
	Status   int
	Location string // where a redirect leads, "" for none
	Header   http.Header
	Body     string
	Doc      *goquery.Document // of an HTML page; empty for anything else

	client *Client
}

// Nobody is a client that isn't signed in.
func (a *App) Nobody() *Client {
	a.t.Helper()
	jar, err := cookiejar.New(nil)
	a.ok(err)
	return &Client{app: a, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// As is a client signed in as a new member of the role.
func (a *App) As(role hiring.Role) *Client {
	a.t.Helper()
	return a.SignIn(a.Member(role))
}

// SignIn is a client signed in, through the page, as a member with Password.
func (a *App) SignIn(u hiring.User) *Client {
	a.t.Helper()
	c := a.Nobody()
	page := c.Post("/login", "email", u.Email, "password", Password)
	if page.Status != http.StatusSeeOther {
		a.t.Fatalf("apptest: signing in as %s: %d %s", u.Email, page.Status, page.Text("main"))
	}
	c.User = u
	return c
}

// Get asks for an address of the desk: a path with a query.
func (c *Client) Get(path string) *Page {
	c.app.t.Helper()
	return c.Do(c.Request(http.MethodGet, path, nil))
}

// Post sends a form of names and values in pairs; a name may come again.
func (c *Client) Post(path string, pairs ...string) *Page {
	c.app.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := c.Request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.Do(r)
}

// Request makes a request to the desk, for tests that set headers; Do sends it.
func (c *Client) Request(method, path string, body io.Reader) *http.Request {
	c.app.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.app.URL + path
	}
	r, err := http.NewRequestWithContext(c.app.t.Context(), method, path, body)
	c.app.ok(err)
	return r
}

// HTTP is what the client sends with, for tests that read an answer as it comes.
func (c *Client) HTTP() *http.Client { return c.http }

// Do sends a request and reads the whole answer.
func (c *Client) Do(r *http.Request) *Page {
	c.app.t.Helper()
	resp, err := c.http.Do(r)
	c.app.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	c.app.ok(err)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	c.app.ok(err)
	return &Page{Status: resp.StatusCode, Location: resp.Header.Get("Location"), Header: resp.Header, Body: string(body), Doc: doc, client: c}
}

// Follow goes where a redirect leads.
func (p *Page) Follow() *Page {
	p.client.app.t.Helper()
	if p.Location == "" {
		p.client.app.t.Fatalf("apptest: status %d leads nowhere: %s", p.Status, p.Text("main"))
	}
	return p.client.Get(p.Location)
}

// Text is the text of what a CSS selector finds, with single spaces.
func (p *Page) Text(selector string) string {
	return strings.Join(strings.Fields(p.Doc.Find(selector).Text()), " ")
}

// Has says whether the text of the page's main part contains s.
func (p *Page) Has(s string) bool { return strings.Contains(p.Text("main"), s) }

// Value is what a field of the name holds.
func (p *Page) Value(name string) string {
	field := p.Doc.Find(`[name="` + name + `"]`)
	switch goquery.NodeName(field) {
	case "textarea":
		return strings.TrimPrefix(field.Text(), "\n")
	case "select":
		return field.Find("option[selected]").AttrOr("value", "")
	}
	if checked := field.Filter("[checked]"); checked.Length() > 0 {
		field = checked
	}
	return field.AttrOr("value", "")
}

// Cookie is the value of a cookie that the client keeps; "" for none.
func (c *Client) Cookie(name string) string {
	u, err := url.Parse(c.app.URL)
	c.app.ok(err)
	for _, cookie := range c.http.Jar.Cookies(u) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}
