{{/*
How many pods a component has, and how many may go at once.
*/}}

{{/*
The fewest pods that a component has by itself: include "todo.fewestReplicas" .Values.backend
*/}}
{{- define "todo.fewestReplicas" -}}
{{- if (.autoscaling | default dict).enabled }}{{ int .autoscaling.minReplicas }}{{ else }}{{ int (default 1 .replicaCount) }}{{ end }}
{{- end }}

{{/*
The most pods that a component has by itself: include "todo.mostReplicas" .Values.backend
*/}}
{{- define "todo.mostReplicas" -}}
{{- if (.autoscaling | default dict).enabled }}{{ int .autoscaling.maxReplicas }}{{ else }}{{ int (default 1 .replicaCount) }}{{ end }}
{{- end }}

{{/*
Not empty where a disruption budget makes sense: with a single pod it could only block the drain of a node, or do nothing.
*/}}
{{- define "todo.wantsDisruptionBudget" -}}
{{- if and .podDisruptionBudget.enabled (gt (include "todo.mostReplicas" . | int) 1) }}yes{{ end }}
{{- end }}

{{/*
A number of pods or a percentage, as a disruption budget takes it.
*/}}
{{- define "todo.numberOrPercent" -}}
{{- if kindIs "string" . }}{{ . | quote }}{{ else }}{{ int . }}{{ end }}
{{- end }}
