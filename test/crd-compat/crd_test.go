// Package crdcompat holds the CRDs to the oldest release of Kubernetes that is supported: 1.31 knows
// less of CEL and of selectable fields than the release that the other tests run against, and its cost
// limits are its own.
package crdcompat

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

const crdFolder = "../../crds"

func TestKubernetes131AcceptsTheCRDs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(crdFolder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no CRD in %s: npm run generate writes them", crdFolder)
	}

	scheme := runtime.NewScheme()
	install.Install(scheme)
	// Strict, as kubectl asks for: a field that 1.31 does not know is an error and not dropped.
	codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	// What the API server runs a new CRD through: structural schema, defaults, CEL and its cost.
	strategy := customresourcedefinition.NewStrategy(scheme)

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// The decoder defaults the versioned object and converts it, as for a request.
			decoder := codecs.UniversalDecoder(apiextensions.SchemeGroupVersion)
			object, err := runtime.Decode(decoder, content)
			if err != nil {
				t.Fatal(err)
			}
			crd, ok := object.(*apiextensions.CustomResourceDefinition)
			if !ok {
				t.Fatalf("not a CustomResourceDefinition of %s: %T", apiextensionsv1.SchemeGroupVersion, object)
			}

			ctx := context.Background()
			strategy.PrepareForCreate(ctx, crd)
			for _, problem := range strategy.Validate(ctx, crd) {
				t.Error(problem)
			}
			for _, warning := range strategy.WarningsOnCreate(ctx, crd) {
				t.Errorf("warning: %s", warning)
			}
		})
	}
}
