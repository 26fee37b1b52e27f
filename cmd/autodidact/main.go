// Command autodidact is the trainer on a laptop, and the server of its page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"autodidact/core/kernel/cpu"
)

const usage = `autodidact trains encoders on your own pictures, clips, texts and time series without labels, on this machine.

  autodidact serve    [-addr 127.0.0.1:8080]     the page, in a browser
  autodidact tasks    [-json]                    every pretext task and its options
  autodidact inspect  -data PATH [-kind KIND] [-json]   what is read, and what is left out and why
  autodidact pretrain -task NAME -data PATH -out DIR [-epochs N | -steps N | -minutes M] [-resume] ...
  autodidact embed    -run DIR -data PATH -out FILE.{safetensors,npy,csv}   the embedding of each sample
  autodidact probe    -run DIR -data PATH [-labels 1,5,10,all] [-against scratch,random,raw] ...   did pretraining help? accuracy by number of labels
  autodidact doctor   -run DIR -data PATH                         diagnostics: what may be wrong with a run
  autodidact compare  -data PATH [-tasks A,B] [-minutes 0.5]      which task suits the data
  autodidact predict  -run DIR -data PATH -labels-from FILE.csv   predict the labels of all samples from those of some
  autodidact forecast -run DIR -data PATH [-horizon 24] [-out FILE.csv]   forecasts beyond the end of series
  autodidact anomaly  -run DIR -data PATH [-rate 0.01] [-follow]          anomalies in series
  autodidact cluster  -run DIR -data PATH [-k N]                          groups of similar samples
  autodidact fill-mask -run DIR -text 'a text with a ___'         predict the words in the blanks
  autodidact search   -run DIR -data PATH -text 'some words'     the texts nearest in meaning
  autodidact answer   -run DIR -data QUESTIONS.json -ask ...      train extractive question answering, and ask
  autodidact export   -run DIR -format safetensors|huggingface -out PATH
  autodidact bench    [-workload simclr|mlm|forecast] [-json]             how fast this machine trains
  autodidact version  [-json]                    which build this is
  autodidact import   -from FILE|FOLDER -out DIR a saved run or model, or a BERT in Hugging Face's layout, as a run directory

Every command takes -h.
`

// A command is one subcommand: it reads its flags from args.
type command func(ctx context.Context, args []string) error

var commands = map[string]command{
	"serve":    serve,
	"tasks":    tasks,
	"inspect":  inspect,
	"pretrain": pretrain,
	"embed":    embed,
	"probe":    probeRun,
	"doctor":   doctor,
	"compare":  compare,
	"predict":  predict,
	"export":   export,
	"import":   importModel,

	"forecast":  foretell,
	"anomaly":   anomalies,
	"cluster":   clusters,
	"fill-mask": fillMask,
	"search":    search,
	"answer":    answer,

	"bench":   bench,
	"version": version,
}

// errUsage means that the arguments were wrong; what was wrong has been printed.
var errUsage = errors.New("wrong usage")

// mostGarbage is the bytes of garbage at which Go collects it.
const mostGarbage = 64 << 20

func main() {
	cpu.BoundGarbage(mostGarbage)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	os.Exit(run(ctx, os.Args[1:], os.Stderr))
}

func run(ctx context.Context, args []string, stderr io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprint(stderr, usage)
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	c, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(stderr, "autodidact: no command %q\n\n%s", args[0], usage)
		return 2
	}
	err := interruptible(ctx, args[0], c, args[1:])
	if err == nil {
		err = stdout.err
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(stderr, "autodidact:", err)
	return 1
}
