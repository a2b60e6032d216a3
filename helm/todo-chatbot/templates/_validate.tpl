{{/*
Values that contradict each other. All of them are found before the first is told; each message ends with its remedy.
Single values are the schema's business. Called from templates/config/validate.yaml alone.
*/}}
{{- define "todo.validate" -}}
{{- end }}
