// Command web runs Greenroom: the hiring team's desk and, without a provider's key, the local engine. It reads the
// environment, handles signals and sets the exit code; everything else is package app.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"greenroom/internal/app"
	"greenroom/internal/config"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "\ngreenroom: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 {
		return explain(args[0])
	}
	cfg, err := config.FromEnvironment()
	if err != nil {
		return fmt.Errorf("the settings need your attention:\n%w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	began := time.Now()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	a, err := app.New(ctx, cfg, app.Options{
		Log: log, Progress: func(line string) { fmt.Fprintln(os.Stdout, "  ·", line) }, Drain: app.Drain,
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Printf("\n  Greenroom is ready at %s (%s)\n", a.URL, time.Since(began).Round(time.Millisecond))
	if a.SetupURL != "" {
		fmt.Printf("  Set it up here, once:  %s\n", a.SetupURL)
	}
	fmt.Print("  Ctrl-C stops it.\n\n")
	return a.Run(ctx)
}

// explain prints the settings for who asks for help, and refuses every other argument: there is none.
func explain(arg string) error {
	switch arg {
	case "-h", "-help", "--help", "help":
	default:
		return fmt.Errorf("there is no argument %q: every setting is an environment variable; --help names them", arg)
	}
	fmt.Print("Greenroom takes no arguments. Every setting is an environment variable:\n\n")
	for _, s := range config.Settings() {
		fmt.Printf("  %s\n        %s (%s)\n", s.Name, s.Meaning, s.Default)
	}
	return nil
}
