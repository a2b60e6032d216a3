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
Which proxies may tell the frontend where a request comes from. Ingress controllers and Gateways that run in the cluster
have private addresses. So has, seen from a pod, everybody who comes by a node's port or a load balancer: then nobody is
believed, unless the user says whom to.
*/}}
{{- define "todo.trustedProxies" -}}
{{- $frontend := .Values.frontend }}
{{- if not (kindIs "invalid" $frontend.trustedProxies) }}
{{- join "," $frontend.trustedProxies }}
{{- else if and (or .Values.ingress.enabled .Values.httpRoute.enabled) (eq (include "todo.serviceType" $frontend.service) "ClusterIP") -}}
10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7
{{- end }}
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
