// Package migrations embeds the SQL that builds the desk's schema, in order. The local engine brings its own.
package migrations

import "embed"

// FS holds the goose migrations.
//
//go:embed *.sql
var FS embed.FS
