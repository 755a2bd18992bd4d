package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"greenroom/internal/testbrowser"
)

// patience is how long a condition may take. It is generous for slow machines: what has to be quick is measured.
const patience = time.Minute

// chromium is the one browser of the process; it runs as long as a test uses it.
var chromium struct {
	sync.Mutex
	users int
	ctx   context.Context
	stop  func()
}

// browser returns the context of the shared browser, kept open until the test ends. Without one on this machine the
// test is skipped, or fails where E2E=required.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := testbrowser.Path(t, os.Getenv("E2E") == "required")
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.users == 0 {
		dir, err := os.MkdirTemp("", "greenroom-chromium-")
		if err != nil {
			t.Fatal(err)
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(dir),
			chromedp.DisableGPU, chromedp.WindowSize(1280, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
		if os.Geteuid() == 0 {
			options = append(options, chromedp.NoSandbox) // Chromium has no sandbox for root
		}
		allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		if err := chromedp.Do(ctx); err != nil {
			end()
			t.Fatalf("starting %s: %v", path, err)
		}
		chromium.ctx = ctx
		chromium.stop = func() {
			_ = chromedp.Cancel(ctx) // how it dies concerns nobody
			cancel()
			end()
			_ = os.RemoveAll(dir)
		}
	}
	chromium.users++
	t.Cleanup(func() {
		chromium.Lock()
		defer chromium.Unlock()
		if chromium.users--; chromium.users == 0 {
			chromium.stop()
		}
	})
	return chromium.ctx
}

// person is somebody with a browser of their own: no cookie or store is shared with others. Its methods fail the test
// when something is not so within patience.
type person struct {
	t    *testing.T
	name string
	base string // of addresses that are paths
	ctx  context.Context

	mu       sync.Mutex
	problems []string // what the console said
}

type personOption func(*person) error

// withoutScript switches JavaScript off.
func withoutScript(p *person) error {
	_, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return err
}

// visitor opens a browser for somebody at the program. When the test ends, whatever its console complained of is an
// error.
func (g *program) visitor(t *testing.T, name string, options ...personOption) *person {
	t.Helper()
	p := window(t, name, g.URL, browser(t), chromedp.WithNewBrowserContext())
	for _, option := range options {
		if err := option(p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return p
}

// tab opens another tab in the person's browser: signed in where the person is.
func (p *person) tab(name string) *person {
	p.t.Helper()
	return window(p.t, name, p.base, p.ctx)
}

func window(t *testing.T, name, base string, parent context.Context, options ...chromedp.ContextOption) *person {
	t.Helper()
	p := &person{t: t, name: name, base: base}
	var cancel context.CancelFunc
	p.ctx, cancel = chromedp.NewContext(parent, append(options, chromedp.WithListener(p.listen))...)
	t.Cleanup(func() {
		if t.Failed() {
			p.picture()
		}
		cancel()
		for _, problem := range p.complaints() {
			t.Errorf("%s: console: %s", name, problem)
		}
	})
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatalf("%s: opening a window: %v", name, err)
	}
	return p
}

// listen keeps what a developer would see in the console as an error: exceptions, blocked content, missing files.
func (p *person) listen(event any) {
	complain := func(format string, args ...any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if text := fmt.Sprintf(format, args...); !slices.Contains(p.problems, text) {
			p.problems = append(p.problems, text)
		}
	}
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		complain("exception: %s (%s:%d)", text, e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, arg := range e.Args {
				words = append(words, string(arg.Value)+arg.Description)
			}
			complain("console.%s: %s", e.Type, strings.Join(words, " "))
		}
	case *cdplog.EventEntryAdded:
		refused := strings.Contains(e.Entry.Text, "status of 422") // a form that was refused is an ordinary answer
		if e.Entry.Level == cdplog.EntryLevelError && !refused {
			complain("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		go func() { // a command from here would wait for itself
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

// complaints returns what the console said so far, and forgets it.
func (p *person) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.problems
	p.problems = nil
	return list
}

// picture saves what the person sees, and logs where.
func (p *person) picture() {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 3000)`))
	p.t.Logf("%s is at %s and sees:\n%s", p.name, at, text)
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(80))
	if err != nil {
		p.t.Logf("%s: no picture: %v", p.name, err)
		return
	}
	dir := filepath.Join(os.TempDir(), "greenroom-e2e")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Logf("%s: no picture: %v", p.name, err)
		return
	}
	file, err := os.CreateTemp(dir, strings.Map(plain, p.t.Name()+"-"+p.name)+"-*.jpg")
	if err == nil {
		_, err = file.Write(shot)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		p.t.Logf("%s: no picture: %v", p.name, err)
		return
	}
	p.t.Logf("%s: picture in %s", p.name, file.Name())
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// until asks again and again until there is no error, and fails the test with the last one.
func (p *person) until(what string, try func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		if ctx.Err() == nil || last == nil {
			last = err // what is not so, rather than that time is up
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s: %s: %v", p.name, what, last)
		case <-again.C:
		}
	}
}

// holds waits until a JavaScript expression is true; it is asked from outside, so it works across pages and without
// scripts of the page.
func (p *person) holds(what, expression string) {
	p.t.Helper()
	p.until(what, func(ctx context.Context) error {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && !ok {
			err = errors.New("it is not so")
		}
		return err
	})
}

// value is what a JavaScript expression is now.
func value[T any](p *person, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, expression, err)
	}
	return v
}
