package db

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// CandidateQuery says which candidates are listed: those of one provider account that pass a filter, as seen at Now.
type CandidateQuery struct {
	Connection int64
	Filter     hiring.CandidateFilter
	Now        time.Time
}

// CandidatePage is a part of a list of candidates. Cursors are opaque; "" means that there is nothing on that side.
type CandidatePage struct {
	Candidates     []hiring.Candidate
	Total          int // of the whole list
	Before         int // how many of the list stand before this page
	PreviousCursor string
	NextCursor     string
}

// candidateOrder is how a sort orders: by key, then by id, both in the same direction. A key is never null.
type candidateOrder struct {
	key  string // SQL
	kind string // its type
	desc bool
}

var candidateOrders = map[string]candidateOrder{
	"recent":  {`c.stage_at`, "timestamptz", true},
	"score":   {`coalesce(c.score, -1)`, "double precision", true},
	"name":    {`lower(coalesce(nullif(c.name, ''), c.email))`, "text", false},
	"invited": {`coalesce(c.invited_at, c.created_at)`, "timestamptz", true},
}

// candidateCursor is a place between two rows: after the row it names, or before it.
type candidateCursor struct {
	Sort   string `json:"s"`
	Key    string `json:"k"`
	ID     int64  `json:"i"`
	Before bool   `json:"b,omitempty"`
}

func (c candidateCursor) String() string {
	b, _ := json.Marshal(c) // strings and numbers
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCandidateCursor gives ok false for anything that isn't a place in a list of this order: the list then begins at
// its start, as for a link that was shortened by hand.
func readCandidateCursor(text, sort string) (c candidateCursor, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &c) != nil || c.Sort != sort || c.ID <= 0 || strings.Contains(c.Key, "\x00") {
		return candidateCursor{}, false
	}
	switch candidateOrders[sort].kind {
	case "timestamptz":
		_, err = time.Parse("2006-01-02 15:04:05.999999Z07", c.Key)
	case "double precision":
		err = json.Unmarshal([]byte(c.Key), new(float64))
	}
	return c, err == nil
}

// candidateWhere writes the conditions of a query and their arguments.
func candidateWhere(q CandidateQuery) (where string, args pgx.NamedArgs) {
	f := q.Filter
	conditions := []string{`a.connection_id = @connection`}
	args = pgx.NamedArgs{"connection": q.Connection}
	add := func(when bool, condition, name string, value any) {
		if when {
			conditions = append(conditions, condition)
			args[name] = value
		}
	}
	add(f.AssessmentID != 0, `c.assessment_id = @interview`, "interview", f.AssessmentID)
	add(len(f.Stages) > 0, `c.stage = ANY(@stages)`, "stages", stageNames(f.Stages))
	add(f.Evaluation != "", `c.evaluation = @evaluation`, "evaluation", string(f.Evaluation))
	add(f.Bucket != "", `c.bucket = @bucket`, "bucket", f.Bucket)
	add(f.ScoreMin != nil, `c.score >= @least`, "least", f.ScoreMin)
	add(f.ScoreMax != nil, `c.score <= @most`, "most", f.ScoreMax)
	add(f.Stuck, `c.stage = 'invited' AND coalesce(c.invited_at, c.created_at) < @stuck`, "stuck", q.Now.Add(-hiring.StuckAfter))
	words := searchPatterns(f.Search)
	add(len(words) > 0, `(c.name || ' ' || c.email) ILIKE ALL(@words)`, "words", words)
	return strings.Join(conditions, " AND "), args
}

func stageNames(stages []hiring.Stage) []string {
	names := make([]string, len(stages))
	for i, s := range stages {
		names[i] = string(s)
	}
	return names
}

// searchPatterns makes a pattern of every word.
func searchPatterns(search string) []string {
	var patterns []string
	for _, word := range strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(search, ""), "\x00", "")) {
		patterns = append(patterns, likePattern(word))
	}
	return patterns
}

// Candidates reads a part of a list: the first limit candidates, or those after or before a cursor of the same filter.
func (s *Store) Candidates(ctx context.Context, q CandidateQuery, cursor string, limit int) (CandidatePage, error) {
	q.Filter.CheckFilter()
	order := candidateOrders[q.Filter.Sort]
	where, args := candidateWhere(q)
	var page CandidatePage
	var err error
	if page.Total, err = s.countCandidates(ctx, where, args); err != nil {
		return page, err
	}
	from, placed := readCandidateCursor(cursor, q.Filter.Sort)
	desc, compare := order.desc, ""
	if placed {
		desc = desc != from.Before
		compare = ` AND (` + order.key + `, c.id) ` + map[bool]string{true: "<", false: ">"}[desc] + ` (@key::` + order.kind + `, @after)`
		args["key"], args["after"] = from.Key, from.ID
	}
	args["limit"] = limit + 1 // one more tells whether there is more
	type row struct {
		candidate hiring.Candidate
		key       string
	}
	direction := map[bool]string{true: " DESC", false: ""}[desc]
	rows, err := many(ctx, s, "listing candidates", func(r pgx.CollectableRow) (v row, err error) {
		err = r.Scan(append(candidateFields(&v.candidate), &v.key)...)
		return v, err
	}, `SELECT `+candidateColumns+`, `+keyText(order)+` FROM `+candidateTables+` WHERE `+where+compare+
		` ORDER BY `+order.key+direction+`, c.id`+direction+` LIMIT @limit`, args)
	if err != nil {
		return page, err
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	if from.Before {
		slices.Reverse(rows)
	}
	for _, r := range rows {
		page.Candidates = append(page.Candidates, r.candidate)
	}
	if len(rows) == 0 {
		return page, nil
	}
	first, last := rows[0], rows[len(rows)-1]
	page.Before, err = s.candidatesBefore(ctx, q, candidateCursor{Key: first.key, ID: first.candidate.ID})
	if err != nil {
		return page, err
	}
	if page.Before > 0 {
		page.PreviousCursor = candidateCursor{q.Filter.Sort, first.key, first.candidate.ID, true}.String()
	}
	if more && !from.Before || from.Before {
		page.NextCursor = candidateCursor{q.Filter.Sort, last.key, last.candidate.ID, false}.String()
	}
	if page.Before+len(rows) >= page.Total {
		page.NextCursor = ""
	}
	return page, nil
}

// keyText writes a key in a form that its type reads back unchanged.
func keyText(o candidateOrder) string {
	if o.kind == "timestamptz" {
		return `to_char(` + o.key + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || 'Z'`
	}
	return `(` + o.key + `)::text`
}

func (s *Store) countCandidates(ctx context.Context, where string, args pgx.NamedArgs) (int, error) {
	return one(ctx, s, "counting candidates", pgx.RowTo[int], `SELECT count(*) FROM `+candidateTables+` WHERE `+where, args)
}

func (s *Store) candidatesBefore(ctx context.Context, q CandidateQuery, c candidateCursor) (int, error) {
	order := candidateOrders[q.Filter.Sort]
	where, args := candidateWhere(q)
	args["key"], args["after"] = c.Key, c.ID
	return s.countCandidates(ctx, where+` AND (`+order.key+`, c.id) `+map[bool]string{true: ">", false: "<"}[order.desc]+
		` (@key::`+order.kind+`, @after)`, args)
}

// Neighbours is where a candidate stands in a list: Position from 1, 0 when the filter leaves them out; the ids beside
// it are 0 at the ends.
type Neighbours struct {
	Previous, Next  int64
	Position, Total int
}

// CandidateNeighbours finds the place of a candidate in a list.
func (s *Store) CandidateNeighbours(ctx context.Context, q CandidateQuery, id int64) (Neighbours, error) {
	q.Filter.CheckFilter()
	order := candidateOrders[q.Filter.Sort]
	where, args := candidateWhere(q)
	args["id"] = id
	direction := map[bool]string{true: " DESC", false: ""}[order.desc]
	list, err := many(ctx, s, "finding the neighbours of a candidate", func(r pgx.CollectableRow) (n Neighbours, err error) {
		err = r.Scan(&n.Previous, &n.Next, &n.Position, &n.Total)
		return n, err
	}, `SELECT previous, next, position, total FROM (
			SELECT c.id, coalesce(lag(c.id) OVER w, 0) AS previous, coalesce(lead(c.id) OVER w, 0) AS next,
				row_number() OVER w AS position, count(*) OVER () AS total
			FROM `+candidateTables+` WHERE `+where+`
			WINDOW w AS (ORDER BY `+order.key+direction+`, c.id`+direction+`)
		) list WHERE id = @id`, args)
	if err != nil || len(list) == 0 {
		return Neighbours{}, err
	}
	return list[0], nil
}

// CandidateBuckets are the buckets that candidates of an account have been put in, of one interview or (0) of all.
func (s *Store) CandidateBuckets(ctx context.Context, connection, assessment int64) ([]string, error) {
	return many(ctx, s, "listing buckets", pgx.RowTo[string], `
		SELECT DISTINCT c.bucket FROM `+candidateTables+`
		WHERE a.connection_id = $1 AND ($2 = 0 OR c.assessment_id = $2) AND c.bucket <> '' ORDER BY 1`, connection, assessment)
}

// CandidatesByID reads candidates of an account in the order of ids; those that are gone are left out.
func (s *Store) CandidatesByID(ctx context.Context, connection int64, ids []int64) ([]hiring.Candidate, error) {
	return many(ctx, s, "reading candidates", scanCandidate, `SELECT `+candidateColumns+` FROM `+candidateTables+`
		JOIN unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, position) ON wanted.id = c.id
		WHERE a.connection_id = $1 ORDER BY wanted.position`, connection, ids)
}
