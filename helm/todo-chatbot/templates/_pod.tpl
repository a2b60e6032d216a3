{{/*
What every pod of the release has in common. All of them pass Pod Security "restricted".
*/}}

{{/*
A pod's `securityContext`: include "todo.podSecurityContext" $
*/}}
{{- define "todo.podSecurityContext" -}}
{{- include "todo.toYaml" .Values.podSecurityContext }}
{{- end }}

{{/*
A container's `securityContext`: include "todo.containerSecurityContext" $
*/}}
{{- define "todo.containerSecurityContext" -}}
{{- include "todo.toYaml" .Values.containerSecurityContext }}
{{- end }}

{{/*
A pod's annotations. `secrets` are the names of those it reads: while the chart makes their Secret, a hash of them is among the
annotations, so that pods are replaced when one of them changes, and only then.
include "todo.podAnnotations" (dict "context" $ "component" "mcp" "annotations" .Values.mcp.podAnnotations "secrets" (list "databaseUrl"))
*/}}
{{- define "todo.podAnnotations" -}}
{{- $own := dict "kubectl.kubernetes.io/default-container" .component }}
{{- with include "todo.secretChecksum" (dict "context" .context "names" (.secrets | default list)) }}
{{- $_ := set $own "checksum/secret" . }}
{{- end }}
{{- include "todo.annotations" (dict "context" .context "annotations" (merge (dict) (.annotations | default dict) $own)) }}
{{- end }}

{{/*
A component's `topologySpreadConstraints`: the user's, or one pod of each revision per node as well as it goes. A nearly
full node is no reason to leave a pod unscheduled. The pods of the revision before do not count (`matchLabelKeys`), else
a rolling update would crowd the new ones on the nodes that the old ones leave free.
include "todo.topologySpreadConstraints" (dict "context" $ "component" "backend")
*/}}
{{- define "todo.topologySpreadConstraints" -}}
{{- $values := index .context.Values (include "todo.valuesKey" .) }}
{{- with $values.topologySpreadConstraints }}
{{- include "todo.toYaml" . }}
{{- else -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "todo.selectorLabels" . | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
