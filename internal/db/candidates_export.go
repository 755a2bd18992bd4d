package db

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// EachCandidate gives a whole list to f, in its order and as it stands at one moment. An error of f ends it and is
// returned. It keeps one connection for as long as f takes.
func (s *Store) EachCandidate(ctx context.Context, q CandidateQuery, f func(hiring.Candidate) error) error {
	where, order, args := wholeList(q)
	return each(ctx, s, "reading all candidates of a list", scanCandidate, f,
		`SELECT `+candidateColumns+` FROM `+candidateTables+` WHERE `+where+` ORDER BY `+order, args)
}

// EachAnswer gives all answers of the people of a list to f, as EachCandidate gives the people.
func (s *Store) EachAnswer(ctx context.Context, q CandidateQuery, f func(hiring.Candidate, hiring.Answer) error) error {
	type said struct {
		candidate hiring.Candidate
		answer    hiring.Answer
	}
	where, order, args := wholeList(q)
	return each(ctx, s, "reading all answers of a list", func(row pgx.CollectableRow) (v said, err error) {
		err = row.Scan(append(candidateFields(&v.candidate), answerFields(&v.answer)...)...)
		return v, err
	}, func(v said) error { return f(v.candidate, v.answer) }, `SELECT `+candidateColumns+`, w.`+strings.ReplaceAll(answerColumns, ", ", ", w.")+`
		FROM `+candidateTables+` JOIN answers w ON w.candidate_id = c.id
		WHERE `+where+` ORDER BY `+order+`, w.position, w.question_ref`, args)
}

// wholeList writes the conditions and the order of a list.
func wholeList(q CandidateQuery) (where, order string, args pgx.NamedArgs) {
	q.Filter.CheckFilter()
	where, args = candidateWhere(q)
	by := candidateOrders[q.Filter.Sort]
	direction := map[bool]string{true: " DESC", false: ""}[by.desc]
	return where, by.key + direction + `, c.id` + direction, args
}
