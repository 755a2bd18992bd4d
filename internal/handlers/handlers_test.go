package handlers_test

import (
	"sync/atomic"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// clock is the machine's clock, set forward at will.
type clock struct{ ahead atomic.Int64 }

func newClock() *clock { return new(clock) }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// outbox are the messages to an address, newest first.
func outbox(t *testing.T, app *apptest.App, email string) []hiring.Message {
	t.Helper()
	list, err := app.Store.Messages(t.Context(), db.MessageFilter{Search: email, Secrets: true, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
