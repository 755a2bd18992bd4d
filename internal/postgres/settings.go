package postgres

// settings returns the -c arguments of a server that listens in socketDir.
func settings(socketDir string, ephemeral bool) []string {
	pairs := []string{
		"listen_addresses=",
		"unix_socket_directories=" + socketDir,
		"max_connections=200",
		"shared_buffers=128MB",
		"timezone=UTC",
		"logging_collector=off",
		"log_destination=stderr",
		"log_line_prefix=",
		"log_checkpoints=off",
		// Not "error": failed statements carry people's data, and the app reports them itself.
		"log_min_messages=log",
	}
	if ephemeral {
		pairs = append(pairs,
			"max_connections=500", // many tests, each with a pool
			"fsync=off",
			"synchronous_commit=off",
			"full_page_writes=off",
			"autovacuum=off",
			"wal_level=minimal",
			"max_wal_senders=0",
			"checkpoint_timeout=1h",
		)
	}
	args := make([]string, 0, 2*len(pairs))
	for _, p := range pairs {
		args = append(args, "-c", p)
	}
	return args
}
