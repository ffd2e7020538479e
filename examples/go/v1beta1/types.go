// Package v1beta1 has what a program in Go needs of a MachineClient: an example to copy, and to cut down or to extend.
package v1beta1

// APIVersion and Kind are what every MachineClient says of itself.
const (
	APIVersion = "machine-client.dev/v1beta1"
	Kind       = "MachineClient"
)

// MachineClient is a client at an identity provider, and the Secret that holds its credential.
type MachineClient struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   ObjectMeta        `json:"metadata"`
	Spec       MachineClientSpec `json:"spec"`
}

// ObjectMeta stands here so that this file imports nothing; metav1.ObjectMeta does, too.
type ObjectMeta struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// MachineClientSpec has four lists and two texts whose absence means something else than their emptiness.
//
// A list with `omitzero` (Go 1.24) is left out where it is nil, and sent as [] where it is empty:
//
//	Scopes: nil          left out: not managed, whatever the provider has is left alone
//	Scopes: []string{}   []: managed, and the client has none
//
// With `omitempty` both would be left out. With neither, nil would be sent as null.
type MachineClientSpec struct {
	ProviderRef ProviderRef `json:"providerRef"`
	// A text is a pointer for the same reason: nil is not managed, and one that points to "" is managed as none.
	DisplayName  *string         `json:"displayName,omitempty"`
	Description  *string         `json:"description,omitempty"`
	Scopes       []string        `json:"scopes,omitzero"`
	Audiences    []string        `json:"audiences,omitzero"`
	CustomClaims []CustomClaim   `json:"customClaims,omitzero"`
	Authress     *AuthressClient `json:"authress,omitempty"`
	Rotation     *Rotation       `json:"rotation,omitempty"`
}

// ProviderRef names the provider object. A Kind that is left out is IdentityProvider.
type ProviderRef struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name"`
}

// CustomClaim is a claim that every access token of the client carries.
type CustomClaim struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// AuthressClient is what a client has at Authress alone.
type AuthressClient struct {
	RateLimits []RateLimit `json:"rateLimits,omitzero"`
}

// RateLimit is how many requests the client itself may make in a period.
type RateLimit struct {
	Duration string `json:"duration"`
	Quota    int64  `json:"quota"`
}

// Rotation says when a new credential is issued. Windows that are left out and none at all mean the same: at any time.
// So `omitempty` does for them.
type Rotation struct {
	Interval string   `json:"interval,omitempty"`
	Overlap  string   `json:"overlap,omitempty"`
	Windows  []Window `json:"windows,omitempty"`
}

// Window is a time in which planned rotations may begin.
type Window struct {
	Schedule string `json:"schedule"`
	TimeZone string `json:"timeZone,omitempty"`
	Duration string `json:"duration"`
}
