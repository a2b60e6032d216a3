{{/*
Values as YAML.
*/}}

{{/*
`toYaml` for what users may take a default away from with `null`. Helm mostly removes the key then, but not where
`--reuse-values` brings the `null` back, and to Kubernetes `cpu: null` is a limit of nothing.
include "todo.toYaml" .Values.backend.resources
*/}}
{{- define "todo.toYaml" -}}
{{- $copy := deepCopy (dict "value" .) }}
{{- include "todo.dropNulls" $copy }}
{{- toYaml $copy.value }}
{{- end }}

{{/*
Takes every key out of a map, and of those in it, that has no value. Prints nothing.
*/}}
{{- define "todo.dropNulls" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $ $key }}
{{- else if kindIs "map" $value }}
{{- include "todo.dropNulls" $value }}
{{- end }}
{{- end }}
{{- end }}
