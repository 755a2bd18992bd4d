package jobs

import "github.com/riverqueue/river"

// register adds every worker of the package, one line a kind of work, and gives the work that recurs.
func register(w *river.Workers, o Options) []*river.PeriodicJob {
	river.AddWorker(w, &applyDelivery{mirror: o.Mirror})
	return nil
}
