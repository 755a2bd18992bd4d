package storm

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load sends distinct deliveries from n connections for as long as lasts, each as soon as the one before is answered.
// It writes requests by hand: what the generator of load takes of the machine, the program can't have.
func load(p *program, n int, lasts time.Duration, assessment string, serial *atomic.Int64) (rate float64, took []time.Duration, failed int64) {
	var mu sync.Mutex
	var failures atomic.Int64
	var running sync.WaitGroup
	began := time.Now()
	for range n {
		running.Go(func() {
			conn, err := net.Dial("tcp", p.address)
			if err != nil {
				failures.Add(1)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			var mine []time.Duration
			var request, body []byte
			for time.Since(began) < lasts {
				i := serial.Add(1)
				body = fmt.Appendf(body[:0], `{"event":%q,"timestamp":%q,"companyId":7,"data":{"assessmentId":%q,"submissionId":"load-%d","candidateName":"Ada Okafor","candidateEmail":"load%d@example.com","interviewStatus":"started"}}`,
					loadEvent(), began.Add(time.Duration(i)*time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z"), assessment, i%5000, i%5000)
				request = fmt.Appendf(request[:0], "POST /webhooks/taptalent HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Webhook-Event: %s\r\nX-Webhook-Key: %s\r\nContent-Length: %d\r\n\r\n",
					p.address, loadEvent(), webhookKey, len(body))
				at := time.Now()
				if _, err := conn.Write(append(request, body...)); err != nil {
					failures.Add(1)
					return
				}
				status, err := readAnswer(answers)
				if err != nil || status != 204 {
					failures.Add(1)
					return
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	running.Wait()
	return float64(len(took)) / time.Since(began).Seconds(), took, failures.Load()
}

func loadEvent() string {
	if *unused {
		return "candidate.updated"
	}
	return "interview.started"
}

// readAnswer reads an answer without a body and gives its status.
func readAnswer(r *bufio.Reader) (status int, err error) {
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		switch {
		case err != nil:
			return 0, err
		case first && len(line) > 12:
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, err
			}
		case len(bytes.TrimSpace(line)) == 0:
			return status, nil
		}
	}
}

func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[int(q*float64(len(took)-1))].Round(100 * time.Microsecond)
}
