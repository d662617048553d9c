{{/* The labels that select the pods of one component; called with (dict "root" $ "component" "api"). */}}
{{- define "agnoaspire.labels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{/* The Secret that says where Redis is. */}}
{{- define "agnoaspire.redisSecret" -}}
{{- if .Values.redis.existingSecret -}}
{{ .Values.redis.existingSecret }}
{{- else if .Values.redis.enabled -}}
redis-secret
{{- else -}}
{{ fail "redis.enabled is false: set redis.existingSecret to a Secret with the keys connection-string, address and password." }}
{{- end -}}
{{- end }}

{{/* Egress that every service needs: names, Redis, telemetry. */}}
{{- define "agnoaspire.egress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
- ports:
    - { protocol: TCP, port: {{ .Values.networkPolicy.redisPort }} }
  {{- if .Values.redis.enabled }}
  to:
    - podSelector:
        matchLabels:
          {{- include "agnoaspire.labels" (dict "root" . "component" "redis") | nindent 10 }}
  {{- end }}
- ports:
    {{- range .Values.networkPolicy.telemetryPorts }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
