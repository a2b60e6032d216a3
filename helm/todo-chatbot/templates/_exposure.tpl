{{/*
How Ingress and Gateway lead to the components.
*/}}

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

{{/*
What the cluster lacks for these values, for `todo.validate`.
*/}}
{{- define "todo.faults.cluster" -}}
{{- $has := .Capabilities.APIVersions }}
{{- $faults := list }}
{{- if and .Values.ingress.enabled (eq .Values.ingress.tls.mode "certManager") (not ($has.Has "cert-manager.io/v1")) }}
  {{- $faults = append $faults "ingress.tls.mode is certManager, but the cluster does not have cert-manager. Install it first, or choose selfSigned, existing or none. Where there is no cluster to ask, add --api-versions cert-manager.io/v1." }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not ($has.Has "gateway.networking.k8s.io/v1")) }}
  {{- $faults = append $faults "httpRoute.enabled is true, but the cluster does not have the Gateway API. Install it and a controller for it first, or use the Ingress. Where there is no cluster to ask, add --api-versions gateway.networking.k8s.io/v1." }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not ($has.Has "monitoring.coreos.com/v1")) }}
  {{- $faults = append $faults "metrics.serviceMonitor.enabled is true, but the cluster does not have the Prometheus operator. Install it first, or leave that false. Where there is no cluster to ask, add --api-versions monitoring.coreos.com/v1." }}
{{- end }}
{{- include "todo.faults" $faults }}
{{- end }}
