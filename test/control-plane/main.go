// Command control-plane is a Kubernetes control plane without nodes, in one binary: etcd, the API
// server and the controller manager, each a subcommand that takes exactly the flags of the program
// whose name it bears. Tests, benchmarks and the demo start one process of each.
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) < 2 {
		exitWithUsage()
	}

	// The programs read os.Args themselves: show them what they would see as a binary of their own.
	os.Args = os.Args[1:]
	switch os.Args[0] {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	default:
		exitWithUsage()
	}
}

func exitWithUsage() {
	fmt.Fprintln(os.Stderr, "usage: control-plane etcd|kube-apiserver|kube-controller-manager [flags]")
	os.Exit(2)
}
