package evaluate

import (
	"math"
	"time"

	"autodidact/core/probe"
)

// A clock estimates how long the rest will take: a network that learns costs by its steps, a look at features next to nothing.
type clock struct {
	m                 *Evaluation
	done, part, total float64 // part is of what is under way
	start             time.Time
}

// tick is called after each step of a network that learns, and between measurements.
func (m *Evaluation) tick() {
	if m.Moving != nil {
		m.Moving((m.clock.done+m.clock.part)/max(m.clock.total, 1), m.clock.left())
	}
	if m.Tick != nil {
		m.Tick()
	}
}

func (m *Evaluation) start(numbers []int, names []string, draws []probe.LabelDraw) *clock {
	c := &clock{m: m, start: time.Now()}
	for _, n := range numbers {
		for _, d := range draws {
			train := d.Train(n)
			for _, name := range names {
				c.total += c.cost(name, train)
			}
		}
	}
	return c
}

func (c *clock) cost(name string, train []int) float64 {
	if c.m.Method == fixmatch && name == pretrained {
		return matchSteps * matchCost
	}
	if c.m.tunes(name) {
		return float64(tuningSteps(len(train), c.m.Set.Of))
	}
	return 1
}

func (c *clock) did(name string, train []int) { c.done, c.part = c.done+c.cost(name, train), 0 }

// stepped is a step of a network that learns, which takes so much.
func (c *clock) stepped(cost float64) { c.part += cost }

func (c *clock) left() time.Duration {
	done := c.done + c.part
	if done == 0 {
		return 0
	}
	return time.Duration(float64(time.Since(c.start)) * math.Max(0, c.total-done) / done)
}
