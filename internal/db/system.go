package db

import (
	"cmp"
	"fmt"
	"os"
)

// processPrefix begins the name under which every process of Greenroom is known to Postgres.
const processPrefix = "greenroom "

// ProcessName is this process in Postgres' list of connections: where it runs, and its number there.
func ProcessName() string {
	host, _ := os.Hostname()
	name := fmt.Sprintf("%s%.40s/%d", processPrefix, cmp.Or(host, "unknown"), os.Getpid())
	return name[:min(len(name), 63)] // Postgres cuts longer ones
}
