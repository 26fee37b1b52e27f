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

  serve      serve the page                            [-addr 127.0.0.1:8080] [-cors ORIGIN]
  tasks      list all tasks, options and encoders      [-json]
  inspect    show what is read, what is left out, why  -data PATH [-kind KIND] [-json]

  pretrain   train an encoder without labels           -task NAME -data PATH -out DIR [-epochs N | -steps N | -minutes M] [-resume]
  compare    which task suits the data                 -data PATH [-tasks A,B] [-minutes 0.5]
  doctor     diagnostics: what may be wrong with a run -run DIR -data PATH
  probe      evaluate: accuracy by number of labels    -run DIR -data PATH [-labels 1,5,10,all] [-against scratch,random,raw]
  predict    predict all labels from those of some     -run DIR -data PATH -labels-from FILE.csv [-next N]
  embed      the embedding of each sample              -run DIR -data PATH -out FILE.{safetensors,npy,csv}
  cluster    groups of similar samples                 -run DIR -data PATH [-k N]

  fill-mask  texts: predict the words in blanks        -run DIR -text 'a text with a ___'
  search     texts: find those nearest in meaning      -run DIR -data PATH -text 'some words'
  answer     texts: extractive question answering      -run DIR -data QUESTIONS.json [-ask ... -context ...]
  forecast   series: forecasts with intervals          -run DIR -data PATH [-horizon 24] [-out FILE.csv]
  anomaly    series: anomalies, also row by row        -run DIR -data PATH [-rate 0.01] [-follow]

  export     a model, for use elsewhere                -run DIR -format safetensors|huggingface|onnx|pytorch|html -out PATH
  import     a run, or a model made elsewhere          -from FILE|FOLDER -out DIR
  bench      how fast this machine trains              [-workload simclr|mlm|forecast] [-json]
  version    which build this is                       [-json]

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

	"forecast":  forecasts,
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
	os.Exit(execute(ctx, os.Args[1:], os.Stderr))
}

func execute(ctx context.Context, args []string, stderr io.Writer) int {
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
	fmt.Fprintf(stderr, "autodidact: %v%s\n", err, remedy(err))
	return 1
}
