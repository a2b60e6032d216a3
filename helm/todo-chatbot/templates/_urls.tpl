{{/*
Where people and processes reach each other.
*/}}

{{/*
The address that people type, without a slash at its end. Sign-in, cookies and tokens are bound to it.
*/}}
{{- define "todo.publicUrl" -}}
{{- $values := .Values }}
{{- if $values.publicUrl }}
{{- $values.publicUrl | trimSuffix "/" }}
{{- else if $values.ingress.enabled }}
{{- printf "%s://%s" (eq $values.ingress.tls.mode "none" | ternary "http" "https") $values.ingress.host }}
{{- else if $values.httpRoute.enabled }}
{{- printf "%s://%s" ($values.httpRoute.https | ternary "https" "http") (first $values.httpRoute.hostnames | default $values.ingress.host) }}
{{- else if $values.frontend.service.nodePort }}
{{- printf "http://localhost:%d" (int $values.frontend.service.nodePort) }}
{{- else }}
{{- print "http://localhost:3000" }}
{{- end }}
{{- end }}

{{/*
The host in the address that people type, with its port if it has one.
*/}}
{{- define "todo.publicHost" -}}
{{- (include "todo.publicUrl" . | urlParse).host }}
{{- end }}

{{/*
The MCP server's address for other tools. Tokens are made for it, so it must be what people type.
*/}}
{{- define "todo.mcp.publicUrl" -}}
{{ include "todo.publicUrl" . }}/mcp
{{- end }}

{{/*
Other origins under which people open the same frontend, separated by commas: the Ingress and the routes beside a `publicUrl`,
and the node port, whose host nobody knows beforehand. May be empty.
*/}}
{{- define "todo.otherOrigins" -}}
{{- $origins := list }}
{{- with .Values.ingress }}
{{- if .enabled }}
{{- $origins = append $origins (printf "%s://%s" (eq .tls.mode "none" | ternary "http" "https") .host) }}
{{- end }}
{{- end }}
{{- with .Values.httpRoute }}
{{- if .enabled }}
{{- range .hostnames | default (list $.Values.ingress.host) }}
{{- $origins = append $origins (printf "%s://%s" ($.Values.httpRoute.https | ternary "https" "http") .) }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.frontend.service.nodePort }}
{{- $origins = append $origins (printf "http://*:%d" (int .)) }}
{{- end }}
{{- without ($origins | uniq) (include "todo.publicUrl" .) | join "," }}
{{- end }}

{{/*
The type of a component's Service: a node port asks for NodePort by itself.
include "todo.serviceType" .Values.backend.service
*/}}
{{- define "todo.serviceType" -}}
{{- if and .nodePort (eq .type "ClusterIP") }}NodePort{{ else }}{{ .type }}{{ end }}
{{- end }}

{{/*
The base address of the model's API.
*/}}
{{- define "todo.modelUrl" -}}
{{- if .Values.openai.baseUrl }}
{{- .Values.openai.baseUrl }}
{{- else if .Values.offlineModel.enabled }}
{{- printf "http://%s:%d/v1" (include "todo.componentName" (dict "context" . "component" "offline-model")) (int .Values.offlineModel.service.port) }}
{{- else }}
{{- print "https://api.openai.com/v1" }}
{{- end }}
{{- end }}

{{/*
The provider's name for the model.
*/}}
{{- define "todo.modelName" -}}
{{- .Values.openai.model | default (and .Values.offlineModel.enabled (not .Values.openai.baseUrl) | ternary "offline" "gpt-4.1-mini") }}
{{- end }}
