package ui

import "strconv"

// Bar is one line of Bars.
type Bar struct {
	Label  string
	Value  float64
	Text   string // the value as shown; the plain figure where empty
	Note   string // "76 %", read after the value
	Href   string
	Accent bool
}

// BarsProps of a bar chart or a funnel: lengths are shares of the greatest value.
type BarsProps struct {
	ID      string // of the fold that holds the table
	Caption string // what is counted, over which time, n
	Unit    string // head of the table's column of figures
	Bars    []Bar
}

// Bin of a histogram, from From up to To.
type Bin struct {
	From, To, Count int
	Accent          bool
}

// HistogramProps of a distribution.
type HistogramProps struct {
	ID      string
	Caption string // what is counted, n
	Unit    string // what a bin counts: "Candidates"
	Bins    []Bin
}

func greatest(bars []Bar) float64 {
	var top float64
	for _, b := range bars {
		top = max(top, b.Value)
	}
	return top
}

func fullest(bins []Bin) int {
	top := 0
	for _, b := range bins {
		top = max(top, b.Count)
	}
	return top
}

func (b Bar) text() string { return orElse(b.Text, number(b.Value)) }

func (b Bin) span() string { return strconv.Itoa(b.From) + "–" + strconv.Itoa(b.To) }

func scoreTitle(score *float64) string {
	if score == nil {
		return "No score yet"
	}
	return Figure(*score) + " of 100. Strong from 75, fair from 50, weak below."
}
