package db

import "strings"

// likePattern looks for text anywhere, with the signs that LIKE reads as wildcards taken literally.
func likePattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
