{{- define "labels" -}}
app: {{ .Values.name }}
release: {{ .Release.Name }}
{{- end -}}
{{- define "failing" }}{{ fail "deep inside" }}{{ end -}}
{{- define "missing" }}{{ .Values.x.y.z }}{{ end -}}
{{- define "deep" }}[{{ include "labels" . | upper }}]{{ end -}}
