{{- define "library.data" -}}
data:
  greeting: {{ .Values.greeting }}
  nested: {{ dict "a" (list 1 2) | toJson | squote }}
{{- end -}}
