// What other people's tools say of an object: kstatus, as kpt and as Flux have it, and Argo CD's health check.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kstatus "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// question comes on the standard input.
type question struct {
	// Objects as the API server shows them.
	Objects []unstructured.Unstructured `json:"objects"`
	// ArgoCD is the data of its ConfigMap argocd-cm.
	ArgoCD map[string]string `json:"argoCD"`
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// verdicts of one object go to the standard output, in the order of the question.
type verdicts struct {
	Kstatus verdict `json:"kstatus"`
	Flux    verdict `json:"flux"`
	ArgoCD  verdict `json:"argoCD"`
}

func main() {
	if err := answer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	answers := []verdicts{}
	for _, object := range asked.Objects {
		judged, err := judge(&object, asked.ArgoCD)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		answers = append(answers, judged)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func judge(object *unstructured.Unstructured, settings map[string]string) (verdicts, error) {
	general, err := kstatus.Compute(object)
	if err != nil {
		return verdicts{}, fmt.Errorf("kstatus: %w", err)
	}
	ofFlux, err := flux.Compute(object)
	if err != nil {
		return verdicts{}, fmt.Errorf("kstatus of Flux: %w", err)
	}
	health, err := argoHealth(object, settings)
	if err != nil {
		return verdicts{}, fmt.Errorf("health check of Argo CD: %w", err)
	}
	return verdicts{
		Kstatus: verdict{string(general.Status), general.Message},
		Flux:    verdict{string(ofFlux.Status), ofFlux.Message},
		ArgoCD:  health,
	}, nil
}
