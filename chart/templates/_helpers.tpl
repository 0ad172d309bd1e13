{{- define "vitrina.name" -}}
{{- $name := ternary .Release.Name (printf "%s-vitrina" .Release.Name) (contains "vitrina" .Release.Name) -}}
{{- /* With what is added, a pod's name must fit a host's: workers are told apart by it. */ -}}
{{- $name | trunc 26 | trimSuffix "-" -}}
{{- end }}

{{/* What selects the pods of a part: (list $ "web") */}}
{{- define "vitrina.selector" -}}
app.kubernetes.io/name: vitrina
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "vitrina.labels" -}}
{{ include "vitrina.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Values.image.tag | default (index . 0).Chart.AppVersion | splitList "@" | first | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end }}

{{- define "vitrina.image" -}}
{{- $image := (index . 0).Values.image -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
vitrina-{{ index . 1 }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end }}

{{/*
A pod of ours, with one container:
(dict "root" $ "part" "web" "image" "web" "grace" 60 "resources" … "container" "what else it has")
*/}}
{{- define "vitrina.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
metadata:
  labels: {{- include "vitrina.labels" (list $root .part) | nindent 4 }}
spec:
  serviceAccountName: {{ include "vitrina.name" $root }}{{ if eq .part "setup" }}-setup{{ end }}
  automountServiceAccountToken: false
  # A service's name must not become one of our variables.
  enableServiceLinks: false
  # The pause container is process 1: it reaps, and our programs keep the usual effect of signals.
  shareProcessNamespace: true
  terminationGracePeriodSeconds: {{ .grace }}
  {{- if eq .part "setup" }}
  restartPolicy: Never
  {{- else }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "vitrina.selector" (list $root .part) | nindent 10 }}
  {{- end }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ quote . }}
    {{- end }}
  {{- end }}
  {{- with .nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: {{ .part }}
      image: {{ include "vitrina.image" (list $root .image) | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      {{- .container | nindent 6 }}
      env: {{- include "vitrina.env" . | nindent 8 }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: secrets, mountPath: /run/secrets/vitrina, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        - {name: scratch, mountPath: /scratch}
  volumes:
    - name: data
      {{- if $values.settings.S3_BUCKET }}
      emptyDir: {sizeLimit: 4Gi}  # pictures are in the bucket; added models are unpacked here
      {{- else }}
      persistentVolumeClaim: {claimName: {{ quote $values.storage.claim }}}
      {{- end }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources:
          {{- range $variable, $from := $values.secrets }}
          {{- if include "vitrina.sees" (list $.part $variable) }}
          - secret:
              name: {{ quote $from.name }}
              items: [{key: {{ quote $from.key }}, path: {{ $variable }}}]
          {{- end }}
          {{- end }}
    - name: tmp
      emptyDir: {medium: Memory, sizeLimit: 128Mi}
    # Uploads that are being read, archives that are being packed.
    - name: scratch
      emptyDir: {sizeLimit: 4Gi}
{{- end }}

{{/* Whether a part is given a secret. */}}
{{- define "vitrina.sees" -}}
{{- if or (ne (index . 1) "ADMIN_PASSWORD") (eq (index . 0) "setup") }}yes{{ end -}}
{{- end }}

{{- define "vitrina.env" -}}
{{- $values := .root.Values -}}
- name: ALLOWED_HOSTS
  value: {{ join "," $values.hosts | quote }}
{{- range $variable, $from := $values.secrets }}
{{- if include "vitrina.sees" (list $.part $variable) }}
- name: {{ $variable }}_FILE
  value: /run/secrets/vitrina/{{ $variable }}
{{- end }}
{{- end }}
{{- range $variable, $value := $values.settings }}
- name: {{ $variable }}
  value: {{ kindIs "slice" $value | ternary (join "," ($value | default list)) (toString $value) | quote }}
{{- end }}
{{- range $variable, $value := .env }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Of what works behind the scenes. */}}
{{- define "vitrina.works" -}}
ports: [{name: metrics, containerPort: 9100}]
# Ready: it has lately done something. It ends itself when it is stuck, and nobody can tell while
# queue or database are away: only one that has not moved for ten minutes is started again.
readinessProbe:
  exec: {command: [healthy, work]}
  initialDelaySeconds: 5
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  exec: {command: [healthy, work]}
  initialDelaySeconds: 60
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 20
{{- end }}
