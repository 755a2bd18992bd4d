package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// open goes to an address: a path of the desk, or a whole one.
func (p *person) open(address string) {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	p.until("opening "+address, func(ctx context.Context) error {
		r, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
		if err == nil && r.ErrorText != "" {
			err = errors.New(r.ErrorText)
		}
		return err
	})
	p.loaded()
}

// reload loads the page anew.
func (p *person) reload() {
	p.t.Helper()
	p.leaves("reloading", func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, page.Reload, page.ReloadParams{})
		return err
	})
}

func (p *person) loaded() {
	p.t.Helper()
	p.holds("the page is loaded", `document.readyState === 'complete' && document.body`)
}

// settles waits until a live page has nothing under way, so that a click does not meet a part that is being replaced.
func (p *person) settles() {
	p.t.Helper()
	p.holds("the page rests", `!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')`)
}

// leaves does something that brings a new page, and waits for that page.
func (p *person) leaves(what string, do func(ctx context.Context) error) {
	p.t.Helper()
	p.holds("marking the page", `document.leaving = true`)
	if err := do(p.ctx); err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, what, err)
	}
	p.holds(what+" brings another page", `!document.leaving && document.readyState === 'complete' && document.body`)
}

// at waits until the path is this.
func (p *person) at(path string) {
	p.t.Helper()
	p.until("being at "+path, func(ctx context.Context) error {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
		if err == nil && is != path {
			err = fmt.Errorf("it is %s", is)
		}
		return err
	})
}

// path is the path of the page.
func (p *person) path() string {
	p.t.Helper()
	return value[string](p, `location.pathname`)
}

// sees waits until all the texts can be read in the page's main part, in any order.
func (p *person) sees(texts ...string) {
	p.t.Helper()
	p.reads(mainText, true, texts)
}

// lacks waits until none of the texts can be read in the page's main part.
func (p *person) lacks(texts ...string) {
	p.t.Helper()
	p.reads(mainText, false, texts)
}

// row waits until the row of a table that has the first text has all the others too.
func (p *person) row(texts ...string) {
	p.t.Helper()
	p.reads(`([...document.querySelectorAll('tr')].find(r => r.innerText.includes(`+strconv.Quote(texts[0])+`))?.innerText ?? '').replace(/\s+/g, ' ')`, true, texts)
}

func (p *person) reads(expression string, there bool, texts []string) {
	p.t.Helper()
	what := fmt.Sprintf("seeing %q", texts)
	if !there {
		what = "not " + what
	}
	p.until(what, func(ctx context.Context) error {
		all, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
		if err != nil {
			return err
		}
		for _, text := range texts {
			if strings.Contains(all, text) != there {
				return fmt.Errorf("it is not so for %q in: %s", text, all[:min(len(all), 300)])
			}
		}
		return nil
	})
}

const mainText = `(document.querySelector('main') ?? document.body).innerText.replace(/\s+/g, ' ')`

// signIn goes through the sign-in page.
func (p *person) signIn(email, password string) {
	p.t.Helper()
	p.open("/login")
	p.fill("Email", email)
	p.fill("Password", password)
	p.send("Sign in")
	p.at("/")
}

// press clicks a button that changes this page.
func (p *person) press(name string) {
	p.t.Helper()
	p.click(name, "button")
}

// send clicks a button that brings another page.
func (p *person) send(name string) {
	p.t.Helper()
	p.settles()
	p.leaves("pressing "+name, func(context.Context) error { p.click(name, "button"); return nil })
}

// follow clicks a link that brings another page.
func (p *person) follow(name string) {
	p.t.Helper()
	p.leaves("following "+name, func(context.Context) error { p.click(name, "link"); return nil })
}

// choose ticks a checkbox or picks a radio button.
func (p *person) choose(label string) {
	p.t.Helper()
	p.click(label, "radio", "checkbox")
}

// unfold opens a fold or menu.
func (p *person) unfold(name string) {
	p.t.Helper()
	p.click(name, "DisclosureTriangle")
}

// fill types text into the field with the label, in place of what it holds.
func (p *person) fill(label, text string) {
	p.t.Helper()
	p.on("filling in "+label, label, []string{"textbox", "searchbox", "spinbutton"}, func(ctx context.Context, id cdp.BackendNodeID) error {
		if _, err := chromedp.Call(ctx, dom.Focus, dom.FocusParams{BackendNodeID: id}); err != nil {
			return err
		}
		if err := p.call(ctx, id, `function() { this.select(); }`); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// pick chooses an option, by its words, of the list with the label.
func (p *person) pick(label, option string) {
	p.t.Helper()
	p.on("choosing "+option+" for "+label, label, []string{"combobox"}, func(ctx context.Context, id cdp.BackendNodeID) error {
		return p.call(ctx, id, `function() {
			const option = [...this.options].find(o => o.label === `+strconv.Quote(option)+`);
			if (!option) throw new Error('there are only: ' + [...this.options].map(o => o.label).join(', '));
			this.value = option.value;
			this.dispatchEvent(new Event('input', {bubbles: true}));
			this.dispatchEvent(new Event('change', {bubbles: true}));
		}`)
	})
}

// holding is what the field with the label holds.
func (p *person) holding(label string) (held string) {
	p.t.Helper()
	p.on("reading "+label, label, []string{"textbox", "searchbox", "spinbutton", "combobox"}, func(ctx context.Context, id cdp.BackendNodeID) (err error) {
		held, err = p.ask(ctx, id, `function() { return this.value; }`)
		return err
	})
	return held
}

// attribute is an attribute of the only element with the role and name.
func (p *person) attribute(role, name, attribute string) (held string) {
	p.t.Helper()
	p.on("reading "+attribute+" of "+name, name, []string{role}, func(ctx context.Context, id cdp.BackendNodeID) (err error) {
		held, err = p.ask(ctx, id, `function() { return this.getAttribute(`+strconv.Quote(attribute)+`) ?? ''; }`)
		return err
	})
	return held
}

// click presses the mouse in the middle of the only thing of one of the roles with the name. What lies above it there
// gets the click, as with people.
func (p *person) click(name string, roles ...string) {
	p.t.Helper()
	p.on("pressing "+name, name, roles, p.clickNode)
}

// clickAt is click for things whose names repeat: the first that the CSS selector finds.
func (p *person) clickAt(selector string) {
	p.t.Helper()
	p.until("pressing "+selector, func(ctx context.Context) error {
		r, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.querySelector(" + strconv.Quote(selector) + ")"})
		if err != nil {
			return err
		}
		if r.Result.ObjectID == "" {
			return errors.New("there is none")
		}
		node, err := chromedp.Call(ctx, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: r.Result.ObjectID})
		if err != nil {
			return err
		}
		return p.clickNode(ctx, node.Node.BackendNodeID)
	})
}

func (p *person) clickNode(ctx context.Context, id cdp.BackendNodeID) error {
	if _, err := chromedp.Call(ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}); err != nil {
		return err
	}
	r, err := chromedp.Call(ctx, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: id})
	if err != nil {
		return err
	}
	if len(r.Quads) == 0 || len(r.Quads[0]) < 8 {
		return errors.New("it has no place on the page")
	}
	q := r.Quads[0]
	x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		e := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			e.Button, e.ClickCount = input.MouseButtonLeft, 1
		}
		if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, e); err != nil {
			return err
		}
	}
	return nil
}

// on waits for the only thing of one of the roles with the accessible name and does something with it. A failure is
// tried again: a live page may have replaced the thing meanwhile.
func (p *person) on(what, name string, roles []string, do func(context.Context, cdp.BackendNodeID) error) {
	p.t.Helper()
	p.until(what, func(ctx context.Context) error {
		id, err := p.find(ctx, name, roles)
		if err != nil {
			return err
		}
		return do(ctx, id)
	})
}

// find looks in the accessibility tree, as a screen reader does. A name is whole, but for the word "optional" that
// fields carry; "Add|Write" is either.
func (p *person) find(ctx context.Context, name string, roles []string) (cdp.BackendNodeID, error) {
	document, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil {
		return 0, err
	}
	var found []cdp.BackendNodeID
	var names []string
	for _, role := range roles {
		r, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.Result.ObjectID, Role: role})
		if err != nil {
			return 0, err
		}
		for _, node := range r.Nodes {
			if node.Ignored || node.Name == nil {
				continue
			}
			var is string
			if err := json.Unmarshal(node.Name.Value, &is); err != nil {
				continue // a thing without a name
			}
			is = strings.Join(strings.Fields(is), " ")
			if is = strings.TrimSuffix(is, " optional"); slices.Contains(strings.Split(name, "|"), is) {
				found = append(found, node.BackendDOMNodeID)
			} else if !slices.Contains(names, is) {
				names = append(names, is)
			}
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("no %s %q; there are %q", strings.Join(roles, " or "), name, names)
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("%d times %s %q", len(found), strings.Join(roles, " or "), name)
}

// call runs a function on an element.
func (p *person) call(ctx context.Context, id cdp.BackendNodeID, function string) error {
	_, err := p.ask(ctx, id, function)
	return err
}

func (p *person) ask(ctx context.Context, id cdp.BackendNodeID, function string) (string, error) {
	node, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: id})
	if err != nil {
		return "", err
	}
	r, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: node.Object.ObjectID})
	if err != nil {
		return "", err
	}
	if r.ExceptionDetails != nil {
		return "", errors.New(r.ExceptionDetails.Exception.Description)
	}
	var text string
	if len(r.Result.Value) > 0 {
		_ = json.Unmarshal(r.Result.Value, &text) // anything else than text is of no use here
	}
	return text, nil
}
