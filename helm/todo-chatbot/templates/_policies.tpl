{{/*
What NetworkPolicies are made of.
*/}}

{{/* Metadata of a NetworkPolicy. Call with (dict "context" $ "part" "backend"), and `annotations` of its own if it has any. */}}
{{- define "todo.policyMetadata" -}}
name: {{ include "todo.fullname" .context }}-{{ .part }}
namespace: {{ .context.Release.Namespace }}
labels:
  {{- include "todo.labels" (dict "context" .context) | nindent 2 }}
{{- with include "todo.annotations" . }}
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
{{- with . -}}
- to:
    - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}
    - ipBlock: {cidr: "::/0", except: ["fe80::/10", "fd00:ec2::254/128"]}
    - namespaceSelector: {}
  {{- include "todo.policyPorts" . | nindent 2 }}
{{- end }}
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

{{/*
What the policies would cut off, for `todo.validate`. Addresses in a Secret of the user's are not known here.
*/}}
{{- define "todo.faults.policies" -}}
{{- $policy := .Values.networkPolicy }}
{{- $faults := list }}
{{- if $policy.enabled }}
  {{- $open := include "todo.portNames" $policy.databasePorts }}
  {{- range $name := list "databaseUrl" "databaseUrlDirect" "frontendDatabaseUrl" }}
    {{- with index $.Values.secrets $name }}
      {{- $port := include "todo.portOf" (dict "url" . "default" 5432) }}
      {{- if not (contains (printf " %s " $port) $open) }}
        {{- $faults = append $faults (printf "secrets.%s leads to port %s, which networkPolicy.databasePorts does not let through. Add it there." $name $port) }}
      {{- end }}
    {{- end }}
  {{- end }}
  {{- range $name, $url := dict "openai.baseUrl" .Values.openai.baseUrl "openai.fallback.baseUrl" (.Values.openai.fallback | default dict).baseUrl }}
    {{- $port := include "todo.portOf" (dict "url" ($url | default "") "default" (hasPrefix "http://" ($url | default "") | ternary 80 443)) }}
    {{- if and $url (not (contains (printf " %s " $port) (include "todo.portNames" $policy.modelPorts))) }}
      {{- $faults = append $faults (printf "%s leads to port %s, which networkPolicy.modelPorts does not let through. Add it there." $name $port) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- include "todo.faults" $faults }}
{{- end }}

{{/* The port in an address, without reading what is before the host, in which people leave characters that do not belong. */}}
{{- define "todo.portOf" -}}
{{- $host := regexReplaceAll "^[A-Za-z0-9+]+://(.*@)?" .url "" | regexFind "^[^/?#]*" }}
{{- regexFind ":[0-9]+$" $host | trimPrefix ":" | default .default }}
{{- end }}

{{/* A list of ports as text with a space around each: numbers from files and from `--set` are of different kinds. */}}
{{- define "todo.portNames" -}}
{{- print " " }}{{ range . }}{{ printf "%d " (int .) }}{{ end }}
{{- end }}
