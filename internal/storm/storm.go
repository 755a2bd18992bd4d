// Package storm holds the proof that no accepted webhook is lost: the real program under many senders while it and its
// database are killed, and the figures of how much it accepts. It has no code of its own, only tests.
package storm
