{{- define "mco.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for what is put behind it. */}}
{{- define "mco.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 46 | trimSuffix "-" -}}
{{- else if contains (include "mco.name" .) .Release.Name -}}
{{- .Release.Name | trunc 46 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "mco.name" .) | trunc 46 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "mco.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "mco.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mco.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mco.labels" -}}
{{ include "mco.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mco.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mco.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "mco.image" -}}
{{- with .Values.image -}}
{{- with .registry }}{{ . }}/{{ end -}}
{{- .repository -}}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* Values that only make sense together. */}}
{{- define "mco.check" -}}
{{- if and .Values.watchNamespaces (not .Values.installationId) -}}
{{- fail "watchNamespaces needs installationId: the uid of kube-system, which names the installation by default, cannot be read without rights on the cluster" -}}
{{- end -}}
{{- if and .Values.watchNamespaces .Values.defaultProvider.enabled (eq .Values.defaultProvider.kind "ClusterIdentityProvider") -}}
{{- fail "defaultProvider.kind must be IdentityProvider with watchNamespaces: nothing that is cluster-wide is watched then" -}}
{{- end -}}
{{- if and .Values.defaultProvider.enabled (not .Values.defaultProvider.spec) -}}
{{- fail "defaultProvider.spec is empty: say at least its type, and where it is" -}}
{{- end -}}
{{- if and (not .Values.leaderElection.enabled) (gt (int .Values.replicaCount) 1) -}}
{{- fail "leaderElection.enabled is false: replicaCount must be 1, for two that work at the same time get in each other's way" -}}
{{- end -}}
{{- if and .Values.podDisruptionBudget.minAvailable .Values.podDisruptionBudget.maxUnavailable -}}
{{- fail "podDisruptionBudget takes minAvailable or maxUnavailable, not both" -}}
{{- end -}}
{{- end -}}

{{/* Whether an object of the Prometheus operator is made: (list . "ServiceMonitor" .Values.serviceMonitor) */}}
{{- define "mco.monitored" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 1 -}}
{{- $values := index . 2 -}}
{{- $known := $root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $kind) -}}
{{- if and $values.enabled (or $known (eq $values.renderMode "alwaysRender")) -}}
true
{{- else if and $values.enabled (eq $values.renderMode "failIfMissing") -}}
{{- fail (printf "the cluster does not know the kind %s of monitoring.coreos.com/v1" $kind) -}}
{{- end -}}
{{- end -}}
