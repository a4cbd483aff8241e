{{- define "common.base" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: {from: library}
{{- end -}}
{{- define "common.configmap" -}}
{{- $top := first . -}}
{{- $overrides := fromYaml (include (index . 1) $top) | default (dict) -}}
{{- $base := fromYaml (include "common.base" $top) | default (dict) -}}
{{- toYaml (merge $overrides $base) -}}
{{- end -}}
