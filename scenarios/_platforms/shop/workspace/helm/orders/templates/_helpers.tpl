{{- define "orders.labels" -}}
app: {{ .Chart.Name }}
app.kubernetes.io/version: {{ include "orders.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "orders.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
