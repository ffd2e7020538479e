{{/*
What the operator does in a namespace that it works in: the same rules in a ClusterRole and in a Role.
*/}}
{{- define "mco.rules" -}}
# It follows what people ask for. Patch: finalizers, and on a MachineClient the annotation that is written before each
# call upstream. It neither creates nor deletes any of these.
- apiGroups: [machine-client.dev]
  resources: [machineclients, identityproviders]
  verbs: [get, list, watch, patch]
# It reports there, by patches only.
- apiGroups: [machine-client.dev]
  resources: [machineclients/status, identityproviders/status]
  verbs: [patch]
# Get: the provider's credentials, wherever a provider names them, and the live read before a write. List and watch:
# Secrets with our label, and of all others the metadata alone, to see that a name is free or a credential was changed;
# RBAC cannot express either. Create, patch and delete: the Secrets with the clients' credentials, under names that
# people choose. Patch also sets the finalizer on a provider's credentials.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
# Certificate authorities that a provider's connection refers to.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
# What happened, and how often: a repeated event is patched. An event is beside the object that it is about.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.rbac.restartWorkloads }}
# Workloads that spec.restart names or that use the Secret: how far their rollout is, and by patch one annotation on
# the pod template.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, list, patch]
# Jobs that use the Secret are not restarted: an event of the MachineClient names them.
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [list]
{{- end }}
{{- end -}}

{{/*
Of the definition of MachineClient: whether it is being deleted, and MachineClients only with it.
*/}}
{{- define "mco.definitionRule" -}}
# Before anything is removed: whether the definition of MachineClient itself is being deleted, and its objects only with
# it. This one definition, by its name.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [machineclients.machine-client.dev]
  verbs: [get]
{{- end -}}

{{- define "mco.definitionRole" -}}
{{- printf "%s-definition-%s" (include "mco.fullname" .) (include "mco.namespace" .) -}}
{{- end -}}
