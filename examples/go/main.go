// Prints three MachineClients, for example for `go run . | kubectl apply -f -`.
package main

import (
	"encoding/json"
	"log"
	"os"

	"example.com/machine-clients/v1beta1"
)

func machineClient(name string, spec v1beta1.MachineClientSpec) v1beta1.MachineClient {
	spec.ProviderRef = v1beta1.ProviderRef{Name: "stytch"}
	return v1beta1.MachineClient{
		APIVersion: v1beta1.APIVersion,
		Kind:       v1beta1.Kind,
		Metadata:   v1beta1.ObjectMeta{Name: name, Namespace: "payments"},
		Spec:       spec,
	}
}

func main() {
	clients := []v1beta1.MachineClient{
		// Its scopes are what the spec says.
		machineClient("billing-worker", v1beta1.MachineClientSpec{
			Scopes:       []string{"read:invoices"},
			CustomClaims: []v1beta1.CustomClaim{{Key: "team", Value: "payments"}},
			Rotation: &v1beta1.Rotation{
				Interval: "720h",
				Windows:  []v1beta1.Window{{Schedule: "0 2 * * *", TimeZone: "Europe/Oslo", Duration: "4h"}},
			},
		}),
		// Its scopes are what the provider has.
		machineClient("scopes-not-managed", v1beta1.MachineClientSpec{}),
		// It has no scopes, and one that somebody adds at the provider is taken away again.
		machineClient("no-scopes", v1beta1.MachineClientSpec{Scopes: []string{}}),
	}
	out := json.NewEncoder(os.Stdout)
	for _, client := range clients {
		if err := out.Encode(client); err != nil {
			log.Fatal(err)
		}
	}
}
