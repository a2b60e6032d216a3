{{/*
Labels and annotations.
*/}}

{{/*
What selects a component's pods. Deployments cannot change it, so it never holds anything that may change.
include "todo.selectorLabels" (dict "context" $ "component" "backend")
*/}}
{{- define "todo.selectorLabels" -}}
app.kubernetes.io/name: {{ include "todo.name" .context }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/*
Labels of an object; `component` may be missing for objects that belong to all.
include "todo.labels" (dict "context" $ "component" "backend")
*/}}
{{- define "todo.labels" -}}
{{- $chart := printf "%s-%s" .context.Chart.Name .context.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $own := dict "app.kubernetes.io/managed-by" .context.Release.Service "helm.sh/chart" $chart }}
{{- include "todo.toYaml" (merge $own (include "todo.podLabels" . | fromYaml)) }}
{{- end }}

{{/*
Labels of a pod: those of an object but for what changes with the chart alone, which is no reason to replace a pod.
`labels` are the user's for this component; they win over everything but what the selectors need.
include "todo.podLabels" (dict "context" $ "component" "mcp" "labels" .Values.mcp.podLabels)
*/}}
{{- define "todo.podLabels" -}}
{{- $selector := include "todo.selectorLabels" . | fromYaml }}
{{- $own := dict "app.kubernetes.io/version" (include "todo.version" .) "app.kubernetes.io/part-of" (include "todo.name" .context) }}
{{- include "todo.toYaml" (merge $selector (.labels | default dict) .context.Values.commonLabels $own) }}
{{- end }}

{{/*
The tag of the component's image, in the characters that labels admit.
*/}}
{{- define "todo.version" -}}
{{- $values := index .context.Values (include "todo.valuesKey" (dict "component" (.component | default "none"))) | default dict }}
{{- $tag := (dig "image" "tag" "" $values) | default .context.Values.image.tag | default .context.Chart.AppVersion }}
{{- regexReplaceAll "[^A-Za-z0-9_.-]+" $tag "-" | trunc 63 | trimAll "-_." }}
{{- end }}

{{/*
An object's annotations as YAML, or nothing where there are none: the user's for this object over those for all objects.
    {{- with include "todo.annotations" (dict "context" $ "annotations" .Values.ingress.annotations) }}
    annotations:
      {{- . | nindent 4 }}
    {{- end }}
*/}}
{{- define "todo.annotations" -}}
{{- with merge (dict) (.annotations | default dict) .context.Values.commonAnnotations }}
{{- include "todo.toYaml" . }}
{{- end }}
{{- end }}
