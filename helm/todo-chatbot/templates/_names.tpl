{{/*
How the objects are called. Every component's objects are `<fullname>-<component>`.
*/}}

{{/*
The chart's name, or what the user wants in its place: the label `app.kubernetes.io/name`.
*/}}
{{- define "todo.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
The first part of every object's name: the release's name if it says what it is, else `<release>-todo-chatbot`.
Service names end at 63 characters, and the longest ending is `-offline-model` (as is `-backend-peers`); what has to be cut
gets a hash, so that two long release names cannot end up as one.
*/}}
{{- define "todo.fullname" -}}
{{- $name := .Values.fullnameOverride }}
{{- if not $name }}
{{- $chart := include "todo.name" . }}
{{- $name = contains $chart .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $chart) }}
{{- end }}
{{- if gt (len $name) 49 }}
{{- printf "%s-%s" ($name | trunc 40 | trimSuffix "-") ($name | sha256sum | trunc 8) }}
{{- else }}
{{- $name | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/*
The name of a component's objects: include "todo.componentName" (dict "context" $ "component" "backend")
*/}}
{{- define "todo.componentName" -}}
{{- include "todo.fullname" .context }}-{{ .component }}
{{- end }}

{{/*
The key of values.yaml under which a component's values are: `offline-model` is `offlineModel`, the others are themselves.
*/}}
{{- define "todo.valuesKey" -}}
{{- .component | camelcase | untitle }}
{{- end }}

{{/*
The service account of a component's pods: include "todo.serviceAccountName" (dict "context" $ "component" "mcp")
*/}}
{{- define "todo.serviceAccountName" -}}
{{- $values := index .context.Values (eq .component "migrate" | ternary "migrations" (include "todo.valuesKey" .)) }}
{{- if $values.serviceAccount.create }}
{{- $values.serviceAccount.name | default (include "todo.componentName" .) }}
{{- else }}
{{- $values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/*
The Secret that the components read: the user's own, or the chart's.
*/}}
{{- define "todo.secretName" -}}
{{- .Values.secrets.existingSecret | default (printf "%s-secrets" (include "todo.fullname" .)) }}
{{- end }}
