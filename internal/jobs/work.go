package jobs

import "github.com/riverqueue/river"

// register adds every worker of the package, one line a kind of work, and gives the work that recurs.
func register(w *river.Workers, o Options, p *pressure) []*river.PeriodicJob {
	river.AddWorker(w, &syncAssessment{mirror: o.Mirror})
	river.AddWorker(w, &generateQuestions{mirror: o.Mirror})
	river.AddWorker(w, &watchGeneration{mirror: o.Mirror})
	river.AddWorker(w, &copyQuestions{mirror: o.Mirror})
	river.AddWorker(w, &sweepGenerations{mirror: o.Mirror})
	river.AddWorker(w, &applyDelivery{mirror: o.Mirror, pressure: p})
	river.AddWorker(w, &eraseOld{mirror: o.Mirror})
	river.AddWorker(w, &trimDeliveries{store: o.Store, now: o.Now})
	river.AddWorker(w, &sendBatch{mirror: o.Mirror})
	river.AddWorker(w, &pushEvaluation{mirror: o.Mirror})
	river.AddWorker(w, &pushEvaluations{mirror: o.Mirror})
	river.AddWorker(w, &sendMessage{store: o.Store, mail: o.Mail, now: o.Now})
	river.AddWorker(w, &addSample{store: o.Store, fill: o.Sample})
	river.AddWorker(w, &reconcile{mirror: o.Mirror, log: o.Log})
	return append(reconciling(), sweeping(), trimming(), keeping())
}
