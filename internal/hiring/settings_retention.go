package hiring

import (
	"slices"
	"time"
)

// KeepChoices are for how many months people can be kept after the last that was heard of them; 0 is without end.
var KeepChoices = []int{0, 6, 12, 24, 36, 48}

// CheckKeep gives an *InvalidError for months that are none of KeepChoices. due is how many people are older than that, who
// go only once somebody agreed.
func CheckKeep(months, due int, agreed bool) error {
	var c Check
	c.That(slices.Contains(KeepChoices, months), "keep_months", "Choose how long people are kept.")
	c.That(due == 0 || agreed, "agreed", "Agree to their deletion, or choose a longer time.")
	return c.Err()
}

// KeptSince is the time since which something must have been heard of a candidate who is kept; ok is false when everybody is.
// A month that is too short for the day ends with its last one.
func KeptSince(months int, now time.Time) (since time.Time, ok bool) {
	since = now.AddDate(0, -months, 0)
	if since.Day() != now.Day() {
		since = since.AddDate(0, 0, -since.Day())
	}
	return since, months > 0
}
