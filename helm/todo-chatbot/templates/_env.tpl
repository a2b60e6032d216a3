{{/*
The environment of containers. It is a map everywhere, `NAME: value` or `NAME: {valueFrom: …}`, so that no name can come
twice, and becomes a list, sorted by name, in the last moment.
*/}}

{{/*
A container's `env`: the chart's variables, with the user's over them. A user's `null` takes one away.
include "todo.env" (dict "chart" (include "todo.mcp.env" . | fromYaml) "user" .Values.mcp.env)
Numbers are written as JSON writes them: a template alone would make 1e+06 of a million.
*/}}
{{- define "todo.env" -}}
{{- $env := list }}
{{- range $name, $value := mergeOverwrite (dict) .chart (.user | default dict) }}
{{- if kindIs "map" $value }}
{{- $env = append $env (merge (dict "name" $name) $value) }}
{{- else if kindIs "string" $value }}
{{- $env = append $env (dict "name" $name "value" $value) }}
{{- else if not (kindIs "invalid" $value) }}
{{- $env = append $env (dict "name" $name "value" (toJson $value)) }}
{{- end }}
{{- end }}
{{- toYaml $env }}
{{- end }}

{{/*
A variable that is read from the Secret: OPENAI_API_KEY: {{ include "todo.fromSecret" (dict "context" . "name" "openaiApiKey" "optional" true) }}
`secret` may name another Secret with the same keys.
*/}}
{{- define "todo.fromSecret" -}}
{{- dict "valueFrom" (dict "secretKeyRef" (include "todo.secretKeyRef" . | fromYaml)) | toJson }}
{{- end }}

{{/*
What the frontend, the backend and the MCP server read alike. include "todo.commonEnv" (dict "context" . "component" "backend")
*/}}
{{- define "todo.commonEnv" -}}
LOG_LEVEL: {{ .context.Values.logging.level }}
LOG_FORMAT: {{ .context.Values.logging.format }}
DRAIN_DELAY: {{ (index .context.Values (include "todo.valuesKey" .)).drainSeconds | int | quote }}
{{- end }}

{{/*
A component's address inside the cluster: include "todo.serviceUrl" (dict "context" . "component" "mcp")
*/}}
{{- define "todo.serviceUrl" -}}
{{- $port := (index .context.Values (include "todo.valuesKey" .)).service.port }}
{{- printf "http://%s:%d" (include "todo.componentName" .) (int $port) }}
{{- end }}

{{- define "todo.frontend.env" -}}
{{ include "todo.commonEnv" (dict "context" . "component" "frontend") }}
PORT: "3000"
BETTER_AUTH_URL: {{ include "todo.publicUrl" . }}
{{- with include "todo.otherOrigins" . }}
TRUSTED_ORIGINS: {{ . | quote }}
{{- end }}
{{- with include "todo.trustedProxies" . }}
TRUSTED_PROXIES: {{ . | quote }}
{{- end }}
BACKEND_URL: {{ include "todo.serviceUrl" (dict "context" . "component" "backend") }}
{{- if .Values.mcp.expose }}
MCP_SERVER_URL: {{ include "todo.serviceUrl" (dict "context" . "component" "mcp") }}
{{- end }}
MCP_PUBLIC_URL: {{ include "todo.mcp.publicUrl" . }}
{{- with .Values.chatkit }}
{{- with .domainKey }}
CHATKIT_DOMAIN_KEY: {{ . | quote }}
{{- end }}
{{- with .scriptUrl }}
CHATKIT_SCRIPT_URL: {{ . | quote }}
{{- end }}
{{- end }}
DATABASE_URL: {{ include "todo.fromSecret" (dict "context" . "name" "databaseUrl") }}
FRONTEND_DATABASE_URL: {{ include "todo.fromSecret" (dict "context" . "name" "frontendDatabaseUrl" "optional" true) }}
BETTER_AUTH_SECRET: {{ include "todo.fromSecret" (dict "context" . "name" "betterAuthSecret") }}
{{- end }}

{{- define "todo.backend.env" -}}
{{ include "todo.commonEnv" (dict "context" . "component" "backend") }}
DATABASE_URL: {{ include "todo.fromSecret" (dict "context" . "name" "databaseUrl") }}
DATABASE_URL_DIRECT: {{ include "todo.fromSecret" (dict "context" . "name" "databaseUrlDirect" "optional" true) }}
DATABASE_POOL_SIZE: {{ .Values.backend.databasePoolSize | int | quote }}
# The keys that tokens are signed with come from the frontend itself; what the tokens say is the address that people type.
BETTER_AUTH_URL: {{ include "todo.serviceUrl" (dict "context" . "component" "frontend") }}
JWT_ISSUER: {{ include "todo.publicUrl" . }}
JWT_AUDIENCE: {{ include "todo.publicUrl" . }}
OPENAI_BASE_URL: {{ include "todo.modelUrl" . }}
OPENAI_MODEL: {{ include "todo.modelName" . | quote }}
OPENAI_API_KEY: {{ include "todo.fromSecret" (dict "context" . "name" "openaiApiKey" "optional" true) }}
{{- with .Values.openai.wire }}
LLM_WIRE: {{ . }}
{{- end }}
{{- with .Values.openai.maxTokens }}
LLM_MAX_TOKENS: {{ . | int | quote }}
{{- end }}
{{- with .Values.openai.fallback }}
{{- if .model }}
LLM_FALLBACK_MODEL: {{ .model | quote }}
LLM_FALLBACK_API_KEY: {{ include "todo.fromSecret" (dict "context" $ "name" "fallbackApiKey" "optional" true) }}
{{- with .baseUrl }}
LLM_FALLBACK_BASE_URL: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.chat }}
{{- range $name, $limit := dict "CHAT_REQUESTS_PER_MINUTE" "requestsPerMinute" "CHAT_REQUESTS_PER_DAY" "requestsPerDay" "CHAT_TOKENS_PER_MINUTE" "tokensPerMinute" "CHAT_TOKENS_PER_DAY" "tokensPerDay" }}
{{- if hasKey ($.Values.chat.limits | default dict) $limit }}
{{ $name }}: {{ index $.Values.chat.limits $limit | int64 | quote }}
{{- end }}
{{- end }}
{{- with .titles }}
CHAT_TITLES: {{ . }}
{{- end }}
{{- end }}
MCP_SERVER_URL: {{ include "todo.serviceUrl" (dict "context" . "component" "mcp") }}/mcp
MCP_API_KEY: {{ include "todo.fromSecret" (dict "context" . "name" "mcpApiKey") }}
PEER_URLS: {{ include "todo.peers" . }}
{{- end }}

{{- define "todo.mcp.env" -}}
{{ include "todo.commonEnv" (dict "context" . "component" "mcp") }}
DATABASE_URL: {{ include "todo.fromSecret" (dict "context" . "name" "databaseUrl") }}
MCP_API_KEY: {{ include "todo.fromSecret" (dict "context" . "name" "mcpApiKey") }}
MCP_API_KEY_PREVIOUS: {{ include "todo.fromSecret" (dict "context" . "name" "mcpApiKeyPrevious" "optional" true) }}
MCP_ALLOWED_HOSTS: {{ include "todo.mcp.hosts" . | quote }}
{{- if .Values.mcp.expose }}
# Our own web pages, beside those of the computer that asks.
MCP_ALLOWED_ORIGINS: {{ include "todo.publicUrl" . }}
{{- end }}
# As with the backend: the keys come from the frontend itself, and tokens say the address that people type.
BETTER_AUTH_URL: {{ include "todo.serviceUrl" (dict "context" . "component" "frontend") }}
JWT_ISSUER: {{ include "todo.publicUrl" . }}
MCP_PUBLIC_URL: {{ include "todo.mcp.publicUrl" . }}
PEER_URLS: {{ include "todo.peers" . }}
{{- end }}

{{/*
Who is told that the database is awake: every backend.
*/}}
{{- define "todo.peers" -}}
{{ include "todo.componentName" (dict "context" . "component" "backend-peers") }}:9090
{{- end }}

{{/*
The names that the MCP server answers to: its Service's, from here and from other namespaces, and the public hosts if it is exposed.
*/}}
{{- define "todo.mcp.hosts" -}}
{{- $name := include "todo.componentName" (dict "context" . "component" "mcp") }}
{{- $namespaced := printf "%s.%s" $name .Release.Namespace }}
{{- $hosts := list $name $namespaced (printf "%s.svc" $namespaced) (printf "%s.svc.%s" $namespaced .Values.clusterDomain) }}
{{- if .Values.mcp.expose }}
{{- range splitList "," (printf "%s,%s" (include "todo.publicUrl" .) (include "todo.otherOrigins" .)) }}
{{- $host := (urlParse .).host }}
{{- if and $host (not (contains "*" $host)) }}
{{- $hosts = append $hosts $host }}
{{- end }}
{{- end }}
{{- end }}
{{- $hosts | uniq | join "," }}
{{- end }}

{{- define "todo.offlineModel.env" -}}
LOG_LEVEL: {{ .Values.logging.level }}
{{- end }}

{{/*
What the two migrations read: include "todo.backend.migrationEnv" (dict "context" . "secret" "name-of-the-copy")
Their `secret` may be empty, for the release's own.
*/}}
{{- define "todo.backend.migrationEnv" -}}
LOG_LEVEL: {{ .context.Values.logging.level }}
LOG_FORMAT: {{ .context.Values.logging.format }}
DATABASE_URL: {{ include "todo.fromSecret" (merge (dict "name" "databaseUrl") .) }}
DATABASE_URL_DIRECT: {{ include "todo.fromSecret" (merge (dict "name" "databaseUrlDirect" "optional" true) .) }}
{{- end }}

{{- define "todo.frontend.migrationEnv" -}}
LOG_LEVEL: {{ .context.Values.logging.level }}
LOG_FORMAT: {{ .context.Values.logging.format }}
DATABASE_URL: {{ include "todo.fromSecret" (merge (dict "name" "databaseUrl") .) }}
DATABASE_URL_DIRECT: {{ include "todo.fromSecret" (merge (dict "name" "databaseUrlDirect" "optional" true) .) }}
FRONTEND_DATABASE_URL: {{ include "todo.fromSecret" (merge (dict "name" "frontendDatabaseUrl" "optional" true) .) }}
BETTER_AUTH_SECRET: {{ include "todo.fromSecret" (merge (dict "name" "betterAuthSecret") .) }}
BETTER_AUTH_URL: {{ include "todo.publicUrl" .context }}
{{- end }}
