{{/* A ServiceMonitor or a PodMonitor: (list . "ServiceMonitor" .Values.serviceMonitor "endpoints" labels-of-the-target) */}}
{{- define "mco.monitor" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 1 -}}
{{- $values := index . 2 -}}
{{- $endpoints := index . 3 -}}
{{- $target := index . 4 -}}
{{- if and $root.Values.metrics.enabled (include "mco.monitored" (list $root $kind $values)) -}}
{{- with $values -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ $kind }}
metadata:
  name: {{ include "mco.fullname" $root | toYaml }}
  namespace: {{ include "mco.namespace" $root | toYaml }}
  labels:
    {{- include "mco.labelsWith" (list $root dict .labels) | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  jobLabel: app.kubernetes.io/name
  namespaceSelector:
    matchNames:
      - {{ include "mco.namespace" $root | toYaml }}
  selector:
    matchLabels:
      {{- include "mco.selectorLabels" $root | nindent 6 }}
      {{- with $target }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  {{ $endpoints }}:
    - port: metrics
      path: /metrics
      interval: {{ .interval }}
      scrapeTimeout: {{ .scrapeTimeout }}
      honorLabels: {{ .honorLabels }}
      {{- with .relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
