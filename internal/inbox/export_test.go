package inbox

// Waiting is how many deliveries wait for their transaction.
func (in *Inbox) Waiting() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.waiting)
}
