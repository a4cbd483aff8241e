{{- define "user-service.labels" -}}
app: {{ .Chart.Name }}
app.kubernetes.io/version: {{ include "user-service.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "user-service.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
