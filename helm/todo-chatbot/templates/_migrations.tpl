{{/*
The two migrations as containers: of the Job, or in front of what they migrate for. Both may run twice and by several pods at once.
*/}}

{{/*
The Job's objects exist only while it runs, but it cannot use the release's own Secret: before an installation there is none.
*/}}
{{- define "todo.migrationsSecretName" -}}
{{- .Values.secrets.existingSecret | default (include "todo.componentName" (dict "context" . "component" "migrate")) }}
{{- end }}

{{/*
The backend's tables: include "todo.backend.migration" (dict "context" . "name" "migrate" "secret" "")
*/}}
{{- define "todo.backend.migration" -}}
{{- $values := .context.Values }}
- name: {{ .name }}
  image: {{ include "todo.image" (dict "context" .context "image" $values.backend.image) }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  args: [migrate]
  securityContext:
    {{- include "todo.containerSecurityContext" .context | nindent 4 }}
  env:
    {{- include "todo.env" (dict "chart" (include "todo.backend.migrationEnv" . | fromYaml) "user" $values.backend.env) | nindent 4 }}
  {{- with $values.backend.envFrom }}
  envFrom:
    {{- include "todo.toYaml" . | nindent 4 }}
  {{- end }}
  {{- with $values.migrations.resources }}
  resources:
    {{- include "todo.toYaml" . | nindent 4 }}
  {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  {{- with .volumeMounts }}
  volumeMounts:
    {{- include "todo.toYaml" . | nindent 4 }}
  {{- end }}
{{- end }}

{{/*
Better Auth's tables: include "todo.frontend.migration" (dict "context" . "name" "migrate" "secret" "")
*/}}
{{- define "todo.frontend.migration" -}}
{{- $values := .context.Values }}
- name: {{ .name }}
  image: {{ include "todo.image" (dict "context" .context "image" $values.frontend.image) }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  args: [migrate.mjs]
  securityContext:
    {{- include "todo.containerSecurityContext" .context | nindent 4 }}
  env:
    {{- include "todo.env" (dict "chart" (include "todo.frontend.migrationEnv" . | fromYaml) "user" $values.frontend.env) | nindent 4 }}
  {{- with $values.frontend.envFrom }}
  envFrom:
    {{- include "todo.toYaml" . | nindent 4 }}
  {{- end }}
  {{- with $values.migrations.resources }}
  resources:
    {{- include "todo.toYaml" . | nindent 4 }}
  {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  {{- with .volumeMounts }}
  volumeMounts:
    {{- include "todo.toYaml" . | nindent 4 }}
  {{- end }}
{{- end }}
