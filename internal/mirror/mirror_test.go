package mirror_test

import (
	"testing"

	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }
