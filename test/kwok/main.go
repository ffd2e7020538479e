// Command kwok plays the nodes and the kubelets of tests: it is kwok itself
// (https://kwok.sigs.k8s.io), with one subcommand more. `kwok stages` prints what kwok calls stages:
// a node is ready, a pod that has a node is Ready at once, and one that is deleted is gone at once.
// They are kwok's own, of the same release, and are compiled in, so that the binary needs nothing beside it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	nodestages "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	podstages "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "stages" {
		fmt.Print(nodestages.DefaultNodeInit, "\n---\n", podstages.DefaultPodReady, "\n---\n", podstages.DefaultPodDelete)
		return
	}
	if err := run(signals.SetupSignalContext()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is kwok's own main: the configuration is read before the command that takes its defaults from it is made.
func run(ctx context.Context) error {
	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, _ = log.InitFlags(ctx, flags)
	ctx, err := config.InitFlags(ctx, flags)
	if err != nil {
		return err
	}
	command := cmd.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	return command.ExecuteContext(ctx)
}
