{{- define "catalog.labels" -}}
app: {{ .Chart.Name }}
app.kubernetes.io/version: {{ include "catalog.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "catalog.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
