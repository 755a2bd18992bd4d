package apptest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Address is a free address of this machine for a program that is killed and started again at the same one. Its port
// is below those that outgoing connections are given on Linux and macOS (32768 and 49152 on): one of these could take
// the place of the program while it is away, even a connection of those who are trying to reach it.
func Address(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(12000)))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
