package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// Workspace is what the company set; hiring.ErrNotFound before the setup.
func (s *Store) Workspace(ctx context.Context) (hiring.Workspace, error) {
	return one(ctx, s, "reading the settings", func(row pgx.CollectableRow) (w hiring.Workspace, err error) {
		err = row.Scan(&w.CompanyName, &w.RequiredScorecards, &w.Sample, &w.CreatedAt)
		return w, err
	}, `SELECT company_name, required_scorecards, sample_state, created_at FROM workspace`)
}

// SaveWorkspace keeps checked settings; the state of sample data has a way of its own.
func (s *Store) SaveWorkspace(ctx context.Context, w hiring.Workspace) error {
	return s.InTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "saving the settings", `
			INSERT INTO workspace (company_name, required_scorecards) VALUES ($1, $2)
			ON CONFLICT (only_row) DO UPDATE
			SET company_name = excluded.company_name, required_scorecards = excluded.required_scorecards`,
			w.CompanyName, w.RequiredScorecards)
		if err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicWorkspace})
	})
}

// BeginSample notes that sample data is being added; hiring.ErrConflict when it is there already or on its way.
func (s *Store) BeginSample(ctx context.Context) error {
	return s.setSample(ctx, hiring.SampleRunning, hiring.SampleNone, hiring.SampleFailed)
}

// EndSample notes how the adding of sample data ended: hiring.SampleReady or hiring.SampleFailed.
func (s *Store) EndSample(ctx context.Context, state hiring.SampleState) error {
	return s.setSample(ctx, state, hiring.SampleRunning)
}

func (s *Store) setSample(ctx context.Context, to hiring.SampleState, from ...hiring.SampleState) error {
	return s.InTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "noting the state of sample data", `UPDATE workspace SET sample_state = $1 WHERE sample_state = ANY ($2)`, to, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return hiring.ErrConflict
		}
		return tx.Notify(ctx, Topic{Name: TopicWorkspace})
	})
}
