{{/*
A pod of `helm test`: one question, asked by the `healthcheck` of the backend's image. Helm asks one after the other and stops
at the first that goes wrong, so what the others need has the least weight.
include "todo.testPod" (dict "context" $ "asks" "mcp" "weight" 2 "args" (list "--mcp") "env" (list …))
*/}}
{{- define "todo.testPod" -}}
{{- $context := .context -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "todo.fullname" $context }}-test-{{ .asks }}
  namespace: {{ $context.Release.Namespace }}
  labels:
    {{- include "todo.labels" (dict "context" $context "component" "test") | nindent 4 }}
  annotations:
    {{- $own := dict "helm.sh/hook" "test" "helm.sh/hook-weight" (.weight | default 0 | toString) "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" }}
    {{- include "todo.annotations" (dict "context" $context "annotations" $own) | nindent 4 }}
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 60
  terminationGracePeriodSeconds: 5
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with include "todo.imagePullSecrets" $context }}
  imagePullSecrets:
    {{- . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "todo.podSecurityContext" $context | nindent 4 }}
  containers:
    - name: {{ .asks }}
      image: {{ include "todo.image" (dict "context" $context "image" $context.Values.backend.image) | quote }}
      imagePullPolicy: {{ $context.Values.image.pullPolicy }}
      args:
        {{- toYaml (prepend .args "healthcheck") | nindent 8 }}
      {{- with .env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "todo.containerSecurityContext" $context | nindent 8 }}
      resources:
        requests: {cpu: 10m, memory: 16Mi}
        limits: {cpu: 100m, memory: 64Mi}
  {{- with $context.Values.backend.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $context.Values.backend.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
