{{/*
Values that contradict each other. All of them are found before the first is told, and each message ends with its remedy.
What a single value may be is the schema's business, but for secrets: its messages would print them.
*/}}

{{/*
Fails if there is anything to say. Called from templates/config/validate.yaml alone.
*/}}
{{- define "todo.validate" -}}
{{- $faults := list (include "todo.faults.secrets" .) (include "todo.faults.exposure" .) (include "todo.faults.pods" .) (include "todo.faults.scaling" .) (include "todo.faults.policies" .) (include "todo.faults.cluster" .) }}
{{- with without $faults "" }}
{{- fail (printf "these values do not go together.\n%s\n" (join "\n" .)) }}
{{- end }}
{{- end }}

{{- define "todo.faults.secrets" -}}
{{- $secrets := .Values.secrets }}
{{- $keys := include "todo.secretKeys" . | fromYaml }}
{{- $given := list }}
{{- $faults := list }}
{{- range $name := keys $keys | sortAlpha }}
  {{- $value := index $secrets $name | default "" }}
  {{- if $value }}
    {{- $given = append $given (printf "secrets.%s" $name) }}
    {{- if has $name (list "databaseUrl" "databaseUrlDirect" "frontendDatabaseUrl") }}
      {{- if not (regexMatch "^postgres(ql)?(\\+[a-z0-9]+)?://[^\\s]+$" $value) }}
        {{- $faults = append $faults (printf "secrets.%s is no PostgreSQL address. It must begin with postgres:// or postgresql:// and have no spaces." $name) }}
      {{- end }}
    {{- else if and (not (has $name (list "openaiApiKey" "fallbackApiKey"))) (lt (len $value) 32) }}
      {{- $faults = append $faults (printf "secrets.%s has %d characters, too few to be safe. Give it 32 or more (openssl rand -hex 32 makes them), or leave it empty." $name (len $value)) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if and $secrets.existingSecret $given }}
  {{- $faults = append $faults (printf "secrets.existingSecret names a Secret of your own, yet %s given too. Put them into that Secret and take them out here, or leave secrets.existingSecret empty." (printf "%s %s" (join ", " $given) (gt (len $given) 1 | ternary "are" "is"))) }}
{{- else if not (or $secrets.existingSecret $secrets.databaseUrl) }}
  {{- $reuse := .Release.IsUpgrade | ternary "If the last installation had it, add --reuse-values. Otherwise give" "Give" }}
  {{- $faults = append $faults (printf "secrets.databaseUrl is missing. %s the address of your PostgreSQL (--set secrets.databaseUrl=postgres://…), or name a Secret of your own that holds it (--set secrets.existingSecret=…)." $reuse) }}
{{- end }}
{{- if and $secrets.existingSecret (eq .Values.migrations.mode "hook") }}
  {{- /* The Job would wait for it in vain, as nothing of the release is made before the Job has ended. A list is empty without a cluster to ask. */}}
  {{- $found := lookup "v1" "Secret" .Release.Namespace $secrets.existingSecret }}
  {{- if $found }}
    {{- range $name := list "databaseUrl" "betterAuthSecret" "mcpApiKey" }}
      {{- $key := index $secrets.keys $name }}
      {{- if not (hasKey ($found.data | default dict) $key) }}
        {{- $faults = append $faults (printf "secrets.existingSecret names %s, which has no %s. Add it, or name the key that it has in secrets.keys.%s." $secrets.existingSecret $key $name) }}
      {{- end }}
    {{- end }}
  {{- else if lookup "v1" "Secret" .Release.Namespace "" }}
    {{- $faults = append $faults (printf "secrets.existingSecret names %s, but there is no such Secret in namespace %s. Make it first: kubectl --namespace %s create secret generic %s --from-literal=%s=postgres://… and so on." $secrets.existingSecret .Release.Namespace .Release.Namespace $secrets.existingSecret $secrets.keys.databaseUrl) }}
  {{- end }}
{{- end }}
{{- if and (not $secrets.existingSecret) (ne (toJson (merge (dict) $secrets.keys $keys)) (toJson $keys)) }}
  {{- $faults = append $faults "secrets.keys tells where things are in a Secret of your own, but there is none. Name it in secrets.existingSecret, or leave secrets.keys as it is." }}
{{- end }}
{{- if and $secrets.mcpApiKey (eq $secrets.mcpApiKey ($secrets.mcpApiKeyPrevious | default "")) }}
  {{- $faults = append $faults "secrets.mcpApiKeyPrevious is the same as secrets.mcpApiKey. Give it the key that the running backends still use, or leave it empty." }}
{{- end }}
{{- include "todo.faults" $faults }}
{{- end }}

{{- define "todo.faults.exposure" -}}
{{- $values := .Values }}
{{- $service := $values.frontend.service }}
{{- $routed := or $values.ingress.enabled $values.httpRoute.enabled }}
{{- $faults := list }}
{{- if and $values.publicUrl (not (regexMatch "^https?://[a-zA-Z0-9.:\\[\\]-]+/?$" $values.publicUrl)) }}
  {{- $faults = append $faults (printf "publicUrl is %q. Give it as http or https, a host, and a port if need be, without a path, such as https://todo.example.org." $values.publicUrl) }}
{{- end }}
{{- $fallback := $values.openai.fallback | default dict }}
{{- range $name, $url := dict "openai.baseUrl" $values.openai.baseUrl "openai.fallback.baseUrl" $fallback.baseUrl }}
  {{- if and $url (not (regexMatch "^https?://[^\\s]+$" $url)) }}
    {{- $faults = append $faults (printf "%s is %q. Give it as http or https, a host and a path, such as https://api.openai.com/v1." $name $url) }}
  {{- end }}
{{- end }}
{{- if and $fallback.baseUrl (not $fallback.model) }}
  {{- $faults = append $faults "openai.fallback.baseUrl is given without openai.fallback.model, so nothing would ever ask it. Name the model, or leave the address empty." }}
{{- end }}
{{- $hosts := dict "ingress.host" (list $values.ingress.host) "httpRoute.hostnames" ($values.httpRoute.hostnames | default list) }}
{{- range $name, $given := $hosts }}
  {{- range $given }}
    {{- if not (regexMatch "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$" .) }}
      {{- $faults = append $faults (printf "%s has %q. Give the bare name in small letters, without scheme, port or path, such as todo.example.org." $name .) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if and (eq $service.type "NodePort") (not $service.nodePort) (not $values.publicUrl) }}
  {{- $faults = append $faults "frontend.service.type is NodePort, but nobody knows the port beforehand, and sign-in accepts known addresses only. Choose one (--set frontend.service.nodePort=30080), or say in publicUrl what people type." }}
{{- end }}
{{- if and (eq $service.type "LoadBalancer") (not $routed) (not $values.publicUrl) }}
  {{- $faults = append $faults "frontend.service.type is LoadBalancer, but nobody knows its address beforehand, and sign-in accepts known addresses only. Say in publicUrl what people type." }}
{{- end }}
{{- $ports := dict }}
{{- range $key := list "frontend" "backend" "mcp" "offlineModel" }}
  {{- $port := (index $values $key).service.nodePort }}
  {{- if and $port (or (ne $key "offlineModel") $values.offlineModel.enabled) }}
    {{- with index $ports (int $port | toString) }}
      {{- $faults = append $faults (printf "%s.service.nodePort and %s.service.nodePort are both %d. Give each its own." . $key (int $port)) }}
    {{- end }}
    {{- $_ := set $ports (int $port | toString) $key }}
  {{- end }}
{{- end }}
{{- if and $values.ingress.enabled (eq $values.ingress.tls.mode "existing") (not $values.ingress.tls.secretName) }}
  {{- $faults = append $faults "ingress.tls.mode is existing, but no Secret is named. Name the one with your certificate in ingress.tls.secretName, or choose selfSigned." }}
{{- end }}
{{- if and $values.httpRoute.enabled (not $values.httpRoute.parentRefs) }}
  {{- $faults = append $faults "httpRoute.enabled is true, but no Gateway is named. Name yours in httpRoute.parentRefs, such as [{name: my-gateway, namespace: gateways}]." }}
{{- end }}
{{- include "todo.faults" $faults }}
{{- end }}

{{- define "todo.faults.pods" -}}
{{- $faults := list }}
{{- range $key := list "frontend" "backend" "mcp" "offlineModel" }}
  {{- $component := index $.Values $key }}
  {{- $least := add (int $component.drainSeconds) (eq $key "offlineModel" | ternary 5 25) 1 }}
  {{- if lt (int64 $component.terminationGracePeriodSeconds) $least }}
    {{- $faults = append $faults (printf "%s.terminationGracePeriodSeconds is %d: pods would be killed in the middle of an answer, as they accept requests for %d seconds (drainSeconds) after they are told to stop and then finish what is open. Set it to %d or more." $key (int $component.terminationGracePeriodSeconds) (int $component.drainSeconds) $least) }}
  {{- end }}
{{- end }}
{{- range $key := list "frontend" "backend" "mcp" "offlineModel" "migrations" }}
  {{- with (index $.Values $key).serviceAccount }}
    {{- if not (or .create .name) }}
      {{- $faults = append $faults (printf "%s.serviceAccount.create is false, but none is named. Name yours in %s.serviceAccount.name; without a wish, it can be default." $key $key) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- range $name, $value := .Values.frontend.env }}
  {{- if hasPrefix "NEXT_PUBLIC_" $name }}
    {{- $faults = append $faults (printf "frontend.env.%s has no effect: such variables are compiled into the pages when the image is built. Take it out." $name) }}
  {{- end }}
{{- end }}
{{- include "todo.faults" $faults }}
{{- end }}

{{- define "todo.faults.scaling" -}}
{{- $faults := list }}
{{- range $key := list "frontend" "backend" "mcp" }}
  {{- $component := index $.Values $key }}
  {{- $autoscaling := $component.autoscaling }}
  {{- if $autoscaling.enabled }}
    {{- if lt (int $autoscaling.maxReplicas) (int $autoscaling.minReplicas) }}
      {{- $faults = append $faults (printf "%s.autoscaling.maxReplicas is %d, fewer than its minReplicas, %d. Raise the one or lower the other." $key (int $autoscaling.maxReplicas) (int $autoscaling.minReplicas)) }}
    {{- end }}
    {{- if not (or $autoscaling.targetCPUUtilizationPercentage $autoscaling.metrics) }}
      {{- $faults = append $faults (printf "%s.autoscaling has nothing to go by. Set its targetCPUUtilizationPercentage, or metrics of your own." $key) }}
    {{- end }}
    {{- if and $autoscaling.targetCPUUtilizationPercentage (not (dig "requests" "cpu" "" ($component.resources | default dict))) }}
      {{- $faults = append $faults (printf "%s.autoscaling goes by percents of the CPU request, but there is none. Set %s.resources.requests.cpu, or %s.autoscaling.targetCPUUtilizationPercentage to null and metrics of your own." $key $key $key) }}
    {{- end }}
  {{- end }}
  {{- if include "todo.wantsDisruptionBudget" $component }}
    {{- $budget := $component.podDisruptionBudget }}
    {{- $fewest := include "todo.fewestReplicas" $component | int }}
    {{- if kindIs "invalid" $budget.minAvailable }}
      {{- if has (toString $budget.maxUnavailable) (list "0" "0%" "<nil>") }}
        {{- $faults = append $faults (printf "%s.podDisruptionBudget.maxUnavailable allows no pod to go: nodes could never be drained. Set it to 1 or more." $key) }}
      {{- end }}
    {{- else if kindIs "string" $budget.minAvailable }}
      {{- if eq $budget.minAvailable "100%" }}
        {{- $faults = append $faults (printf "%s.podDisruptionBudget.minAvailable allows no pod to go: nodes could never be drained. Set it lower, or to null." $key) }}
      {{- end }}
    {{- else if ge (int $budget.minAvailable) $fewest }}
      {{- $faults = append $faults (printf "%s.podDisruptionBudget.minAvailable is %d while there may be only %d replicas: no pod could go, and nodes could never be drained. Set it lower, or to null." $key (int $budget.minAvailable) $fewest) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- include "todo.faults" $faults }}
{{- end }}

{{/*
A list of messages as text: one line each, nothing for none.
*/}}
{{- define "todo.faults" -}}
{{- range $index, $fault := . }}
{{- if $index }}{{ print "\n" }}{{ end }}
{{- printf "- %s" $fault }}
{{- end }}
{{- end }}
