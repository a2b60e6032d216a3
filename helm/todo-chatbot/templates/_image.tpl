{{/*
Where images come from.
*/}}

{{/*
An image's full name: include "todo.image" (dict "context" $ "image" .Values.backend.image)
The tag is the image's own, else that of all images, else the chart's appVersion. A digest decides alone: beside it only
the image's own tag is kept, as a note for people.
*/}}
{{- define "todo.image" -}}
{{- $image := .image }}
{{- with .context.Values.image.registry }}{{ . | trimSuffix "/" }}/{{ end }}
{{- $image.repository }}
{{- if $image.digest }}
{{- with $image.tag }}:{{ . }}{{ end }}@{{ $image.digest }}
{{- else }}:{{ $image.tag | default .context.Values.image.tag | default .context.Chart.AppVersion }}
{{- end }}
{{- end }}

{{/*
The Secrets for a private registry as the list of a pod's `imagePullSecrets`, or nothing: include "todo.imagePullSecrets" $
*/}}
{{- define "todo.imagePullSecrets" -}}
{{- $names := list }}
{{- range .Values.image.pullSecrets }}
{{- $names = append $names (dict "name" .) }}
{{- end }}
{{- with $names }}
{{- toYaml . }}
{{- end }}
{{- end }}
