package v1beta1

import (
	"encoding/json"
	"testing"
)

func marshalled(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatATagMakesOfAList(t *testing.T) {
	type tags struct {
		Zero  []string `json:"omitzero,omitzero"`
		Empty []string `json:"omitempty,omitempty"`
		None  []string `json:"none"`
	}
	for want, given := range map[string]tags{
		`{"none":null}`:             {},
		`{"omitzero":[],"none":[]}`: {Zero: []string{}, Empty: []string{}, None: []string{}},
		`{"omitzero":["a"],"omitempty":["a"],"none":["a"]}`: {Zero: []string{"a"}, Empty: []string{"a"}, None: []string{"a"}},
	} {
		if got := marshalled(t, given); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWhatIsNotManagedIsNotSent(t *testing.T) {
	spec := MachineClientSpec{ProviderRef: ProviderRef{Name: "stytch"}, Authress: &AuthressClient{}, Rotation: &Rotation{}}
	want := `{"providerRef":{"name":"stytch"},"authress":{},"rotation":{}}`
	if got := marshalled(t, spec); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatIsManagedAsNoneIsSent(t *testing.T) {
	none := ""
	spec := MachineClientSpec{
		ProviderRef:  ProviderRef{Name: "stytch"},
		DisplayName:  &none,
		Description:  &none,
		Scopes:       []string{},
		Audiences:    []string{},
		CustomClaims: []CustomClaim{},
		Authress:     &AuthressClient{RateLimits: []RateLimit{}},
	}
	want := `{"providerRef":{"name":"stytch"},"displayName":"","description":"","scopes":[],"audiences":[],` +
		`"customClaims":[],"authress":{"rateLimits":[]}}`
	if got := marshalled(t, spec); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
