{{/* The Secret with the certificate, whoever makes it. */}}
{{- define "todo.tlsSecretName" -}}
{{- .Values.ingress.tls.secretName | default (printf "%s-tls" (include "todo.fullname" .)) -}}
{{- end }}

{{/* A Service of the release and its port, as an Ingress names a backend. Call with (dict "context" $ "component" "frontend"). */}}
{{- define "todo.ingressBackend" -}}
service:
  name: {{ include "todo.componentName" . }}
  port:
    name: http
{{- end }}

{{/* A Service of the release and its port, as an HTTPRoute names a backend. */}}
{{- define "todo.routeBackend" -}}
name: {{ include "todo.componentName" . }}
port: {{ (index .context.Values .component).service.port }}
{{- end }}

{{/* Metadata of a NetworkPolicy. Call with (dict "context" $ "part" "backend"). */}}
{{- define "todo.policyMetadata" -}}
name: {{ include "todo.fullname" .context }}-{{ .part }}
namespace: {{ .context.Release.Namespace }}
labels:
  {{- include "todo.labels" (dict "context" .context) | nindent 2 }}
{{- with include "todo.annotations" (dict "context" .context) }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The pods of one component, as a peer or a subject of a policy. Call with (dict "context" $ "component" "backend"). */}}
{{- define "todo.podSelector" -}}
podSelector:
  matchLabels:
    {{- include "todo.selectorLabels" . | nindent 4 }}
{{- end }}

{{/* TCP ports of a rule. Call with a list of numbers. */}}
{{- define "todo.policyPorts" -}}
ports:
  {{- range . }}
  - {port: {{ int . }}, protocol: TCP}
  {{- end }}
{{- end }}

{{/*
A rule towards servers that are not the release's: anywhere but the link-local addresses, where clouds keep their
metadata and credentials. The namespaces are named beside the addresses because not every plugin counts pods among the latter.
*/}}
{{- define "todo.outsideRule" -}}
- to:
    - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}
    - ipBlock: {cidr: "::/0", except: ["fe80::/10", "fd00:ec2::254/128"]}
    - namespaceSelector: {}
  {{- include "todo.policyPorts" . | nindent 2 }}
{{- end }}

{{/*
A rule for a public port: everybody, or those of `networkPolicy.ingressFrom` and the components that need it in any case.
Call with (dict "context" $ "port" 3000 "components" (list "backend")).
*/}}
{{- define "todo.publicRule" -}}
{{- $context := .context -}}
{{- $components := .components -}}
- {{ include "todo.policyPorts" (list .port) | nindent 2 | trim }}
  {{- with $context.Values.networkPolicy.ingressFrom }}
  from:
    {{- toYaml . | nindent 4 }}
    {{- range $components }}
    - {{ include "todo.podSelector" (dict "context" $context "component" .) | nindent 6 | trim }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* A rule for the private port: who may read metrics. Call with the root. */}}
{{- define "todo.metricsRule" -}}
{{- $from := .Values.networkPolicy.metricsFrom -}}
{{- if and (not $from) .Values.metrics.serviceMonitor.enabled -}}
{{- $from = list (dict "namespaceSelector" dict) -}}
{{- end -}}
{{- with $from -}}
- from:
    {{- toYaml . | nindent 4 }}
  {{- include "todo.policyPorts" (list 9090) | nindent 2 }}
{{- end }}
{{- end }}
