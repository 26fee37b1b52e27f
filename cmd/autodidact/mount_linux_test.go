package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A real full disk: a file system of one megabyte. The run outlives it, and says what is missing.
func TestARunOnADiskOfOneMegabyte(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting takes root")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("no small disk can be had here:", err)
	}
	defer syscall.Unmount(disk, 0)
	c := program(t, "pretrain", "-task", "simclr", "-data", folder(t, 8), "-out", filepath.Join(disk, "run"), "-size", "16", "-batch", "4", "-steps", "3")
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = log
	said := func() string { raw, _ := os.ReadFile(log.Name()); return string(raw) }
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if time.Sleep(100 * time.Millisecond); strings.Contains(said(), "make room on the disk") {
			break
		}
	}
	c.Process.Signal(syscall.SIGINT)
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != 1 || !strings.Contains(said(), "step 3 could not be saved: checkpoint: saving "+disk) || strings.Count(said(), "no room left") != 2 {
		t.Errorf("exit %d, said %s", code, said())
	}
}
