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

{{/* Quoted: a release may be called 123. */}}
{{- define "mco.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mco.name" . | toYaml }}
app.kubernetes.io/instance: {{ .Release.Name | toYaml }}
{{- end -}}

{{- define "mco.labels" -}}
{{- include "mco.labelsWith" (list . dict dict) -}}
{{- end -}}

{{/*
Each label once: (list . those-that-something-selects-by what-the-user-adds). What is selected by wins, then what is
ours, then what the user adds here, then what the user adds everywhere.
*/}}
{{- define "mco.labelsWith" -}}
{{- $root := index . 0 -}}
{{- $labels := merge (include "mco.selectorLabels" $root | fromYaml) (index . 1) -}}
{{- $labels = merge $labels (dict
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_")
) -}}
{{- toYaml (merge $labels (default dict (index . 2)) (default dict $root.Values.global.commonLabels)) -}}
{{- end -}}

{{/* A probe of the health server, unless the user gives another kind of probe: (list .Values.livenessProbe "/livez") */}}
{{- define "mco.probe" -}}
{{- $probe := deepCopy (index . 0) -}}
{{- if not (or (hasKey $probe "exec") (hasKey $probe "tcpSocket") (hasKey $probe "grpc")) -}}
{{- $probe = merge $probe (dict "httpGet" (dict "path" (index . 1) "port" "health")) -}}
{{- end -}}
{{- toYaml $probe -}}
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
{{- if and .Values.watchNamespaces .Values.tokenAudiences -}}
{{- fail "tokenAudiences means nothing with watchNamespaces: only a ClusterIdentityProvider may have a token sent, and nothing that is cluster-wide is watched then" -}}
{{- end -}}
{{- if and .Values.defaultProvider.enabled (not .Values.defaultProvider.spec) -}}
{{- fail "defaultProvider.spec is empty: say at least its type, and where it is" -}}
{{- end -}}
{{- if and (not .Values.leaderElection.enabled) (gt (int .Values.replicaCount) 1) -}}
{{- fail "leaderElection.enabled is false: replicaCount must be 1, for two that work at the same time get in each other's way" -}}
{{- end -}}
{{- if and (not .Values.leaderElection.enabled) .Values.strategy (ne (toString .Values.strategy.type) "Recreate") -}}
{{- fail "leaderElection.enabled is false: strategy.type must be Recreate, or left out, for a rolling update starts the new pod beside the old one" -}}
{{- end -}}
{{- if and (hasKey .Values.podDisruptionBudget "minAvailable") (hasKey .Values.podDisruptionBudget "maxUnavailable") -}}
{{- fail "podDisruptionBudget takes minAvailable or maxUnavailable, not both" -}}
{{- end -}}
{{- if and .Values.watchNamespaces .Values.defaultProvider.enabled (not (has (include "mco.namespace" .) .Values.watchNamespaces)) -}}
{{- fail (printf "defaultProvider is in the namespace %s, which is not one of watchNamespaces: nobody would look at it" (include "mco.namespace" .)) -}}
{{- end -}}
{{- if and .Values.metrics.enabled (eq (int .Values.metrics.port) (int .Values.health.port)) -}}
{{- fail "metrics.port and health.port must differ" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not (and .Values.metrics.enabled .Values.metrics.service.enabled)) -}}
{{- fail "serviceMonitor.enabled needs metrics.enabled and metrics.service.enabled: it finds the pods by the Service" -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled (not .Values.metrics.enabled) -}}
{{- fail "podMonitor.enabled needs metrics.enabled" -}}
{{- end -}}
{{- if and .Values.metrics.enabled .Values.metrics.service.enabled (not (regexMatch "^[a-z]" (include "mco.fullname" .))) -}}
{{- fail (printf "%s cannot name a Service, which begins with a letter: set fullnameOverride" (include "mco.fullname" .)) -}}
{{- end -}}
{{- end -}}

{{/* Whether one of rbac's values that only make sense in the whole cluster is on: (list . "aggregateToView") */}}
{{- define "mco.inCluster" -}}
{{- $root := index . 0 -}}
{{- $given := get $root.Values.rbac (index . 1) -}}
{{- if ternary $given (not $root.Values.watchNamespaces) (kindIs "bool" $given) -}}
true
{{- end -}}
{{- end -}}

{{/*
OpenShift chooses the user of a pod, and its restricted-v2 refuses one that names another. So what is only our default is
left out there; a user that somebody chose is kept.
*/}}
{{- define "mco.podSecurityContext" -}}
{{- $context := .Values.podSecurityContext -}}
{{- if and (.Capabilities.APIVersions.Has "security.openshift.io/v1") (eq (toString $context.runAsUser) "65532") -}}
{{- $context = omit $context "runAsUser" "runAsGroup" -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{/* What the pods that run once have in common. */}}
{{- define "mco.oneOff" -}}
restartPolicy: Never
enableServiceLinks: false
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "mco.podSecurityContext" . | fromYaml }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "mco.oneOffContainer" -}}
image: {{ include "mco.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.test.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Not the labels of the operator's pods: neither its Service nor its budget counts these. (list . "test") */}}
{{- define "mco.oneOffLabels" -}}
{{- $root := index . 0 -}}
{{- $suffix := printf "-%s" (index . 1) -}}
{{- $own := dict
  "app.kubernetes.io/name" (printf "%s%s" (include "mco.name" $root | trunc (sub 63 (len $suffix) | int) | trimSuffix "-") $suffix)
  "app.kubernetes.io/instance" $root.Release.Name
-}}
{{- toYaml (merge $own (default dict $root.Values.global.commonLabels)) -}}
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

{{/* Whether the kind of the defaultProvider comes with this very release. */}}
{{- define "mco.isProviderLate" -}}
{{- $known := .Capabilities.APIVersions.Has (printf "machine-client.dev/v1beta1/%s" .Values.defaultProvider.kind) -}}
{{- if and .Values.crds.install (not $known) -}}
true
{{- end -}}
{{- end -}}
