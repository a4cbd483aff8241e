{{- define "payment-service.labels" -}}
app: {{ .Chart.Name }}
app.kubernetes.io/version: {{ include "payment-service.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "payment-service.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
