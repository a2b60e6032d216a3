{{/*
Secrets. Each has a name in values.yaml (`betterAuthSecret`) and a key in the Secret (`BETTER_AUTH_SECRET`).
*/}}

{{/*
The keys of the chart's own Secret, by their names in values.yaml. A Secret of the user's may have others: `secrets.keys`.
*/}}
{{- define "todo.secretKeys" -}}
databaseUrl: DATABASE_URL
databaseUrlDirect: DATABASE_URL_DIRECT
frontendDatabaseUrl: FRONTEND_DATABASE_URL
betterAuthSecret: BETTER_AUTH_SECRET
openaiApiKey: OPENAI_API_KEY
fallbackApiKey: LLM_FALLBACK_API_KEY
mcpApiKey: MCP_API_KEY
mcpApiKeyPrevious: MCP_API_KEY_PREVIOUS
{{- end }}

{{/*
The content of the chart's own Secret as JSON, by key: include "todo.secretData" $ | fromJson
What may be generated is looked for in the cluster first, in the Secret that outlives even `helm uninstall`. It is worked out
once per render and remembered in the root context: the Secret, its copy for the migrations and the checksums must agree.
A key without a value is there, empty, so that a Secret that is taken over again loses what it once had.
*/}}
{{- define "todo.secretData" -}}
{{- if not (hasKey . "todoSecretData") }}
{{- $kept := (lookup "v1" "Secret" .Release.Namespace (include "todo.secretName" .)).data | default dict }}
{{- $data := dict }}
{{- range $name, $key := include "todo.secretKeys" . | fromYaml }}
{{- $value := index $.Values.secrets $name }}
{{- if and (not $value) (has $name (list "betterAuthSecret" "mcpApiKey")) }}
{{- $value = index $kept $key | default "" | b64dec | default (randAlphaNum 48) }}
{{- end }}
{{- $_ := set $data $key ($value | default "") }}
{{- end }}
{{- $_ := set . "todoSecretData" $data }}
{{- end }}
{{- toJson .todoSecretData }}
{{- end }}

{{/*
Where a container finds a secret, as the `secretKeyRef` of an environment variable:
include "todo.secretKeyRef" (dict "context" $ "name" "openaiApiKey" "optional" true)
*/}}
{{- define "todo.secretKeyRef" -}}
{{- $keys := include "todo.secretKeys" .context | fromYaml }}
{{- if .context.Values.secrets.existingSecret }}
{{- $keys = merge (dict) .context.Values.secrets.keys $keys }}
{{- end -}}
name: {{ .secret | default (include "todo.secretName" .context) }}
key: {{ index $keys .name }}
{{- if .optional }}
optional: true
{{- end }}
{{- end }}

{{/*
A hash of the secrets of these names. Empty for none, and for a Secret of the user's, whose content is not known here.
include "todo.secretChecksum" (dict "context" $ "names" (list "databaseUrl" "mcpApiKey"))
*/}}
{{- define "todo.secretChecksum" -}}
{{- if and .names (not .context.Values.secrets.existingSecret) }}
{{- $keys := include "todo.secretKeys" .context | fromYaml }}
{{- $data := include "todo.secretData" .context | fromJson }}
{{- $read := dict }}
{{- range .names }}
{{- $key := index $keys . }}
{{- $_ := set $read $key (index $data $key) }}
{{- end }}
{{- toJson $read | sha256sum }}
{{- end }}
{{- end }}
