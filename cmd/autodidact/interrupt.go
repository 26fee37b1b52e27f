package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// unfinished is read-locked by what a first Ctrl-C lets finish: a step of training with its save, and the writing of a file.
var unfinished sync.RWMutex

// hold keeps the program from ending by a first Ctrl-C until it is given back.
func hold() (giveBack func()) {
	unfinished.RLock()
	return sync.OnceFunc(unfinished.RUnlock)
}

// grace is how long a command has to end by itself after Ctrl-C, beyond what it holds.
const grace = time.Second

// interruptible runs a command. Once ctx has ended it waits for what the command holds, and no longer than grace for the rest.
func interruptible(ctx context.Context, name string, c command, args []string) error {
	done := make(chan error, 1)
	go func() { done <- c(ctx, args) }()
	stopped := fmt.Errorf("%s was stopped before it was done", name)
	select {
	case err := <-done:
		return orStopped(err, stopped)
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return orStopped(err, stopped)
	case <-time.After(grace):
	}
	held := make(chan struct{})
	go func() {
		unfinished.Lock() // for good: nothing new is begun
		close(held)
	}()
	select {
	case err := <-done:
		return orStopped(err, stopped)
	case <-held:
		return stopped
	}
}

func orStopped(err, stopped error) error {
	if errors.Is(err, context.Canceled) {
		return stopped
	}
	return err
}
