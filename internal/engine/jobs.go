package engine

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// job is an opening that assessments can be linked to and generated from.
type job struct{ ID, Title, Description string }

// job refuses with NOT_FOUND when there is none.
func (e *Engine) job(c *call, id string) (j job, err error) {
	err = e.pool.QueryRow(c.ctx, `
		SELECT id, title, description FROM engine.jobs WHERE id = $1 AND company_id = $2`, id, c.company.ID).
		Scan(&j.ID, &j.Title, &j.Description)
	if errors.Is(err, pgx.ErrNoRows) {
		return j, refuse(partnerapi.CodeNotFound, "Job not found")
	}
	if err != nil {
		return j, fmt.Errorf("reading job %s: %w", id, err)
	}
	return j, nil
}

// wireJobs is partnerapi.Jobs with ids as numbers, as that page of the reference has them.
type wireJobs struct {
	Jobs      []wireJob `json:"jobs"`
	TotalJobs int       `json:"totalJobs"`
}

type wireJob struct {
	ID     partnerapi.JobNumber `json:"id"`
	Title  string               `json:"title"`
	Status string               `json:"status"`
}

func (e *Engine) jobList(c *call) (wireJobs, error) {
	c.bare = true
	answer := wireJobs{Jobs: []wireJob{}}
	number, size, err := page(c)
	if err != nil {
		return answer, err
	}
	if err := e.pool.QueryRow(c.ctx, `SELECT count(*) FROM engine.jobs WHERE company_id = $1`, c.company.ID).Scan(&answer.TotalJobs); err != nil {
		return answer, fmt.Errorf("counting jobs: %w", err)
	}
	if number > (answer.TotalJobs+size-1)/size {
		return answer, nil
	}
	rows, err := e.pool.Query(c.ctx, `
		SELECT id, title, status FROM engine.jobs WHERE company_id = $1
		ORDER BY id LIMIT $2 OFFSET $3`, c.company.ID, size, (number-1)*size)
	if err != nil {
		return answer, fmt.Errorf("listing jobs: %w", err)
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[wireJob])
	if err != nil {
		return answer, fmt.Errorf("listing jobs: %w", err)
	}
	answer.Jobs = append(answer.Jobs, jobs...)
	return answer, nil
}
