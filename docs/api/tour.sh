#!/usr/bin/env bash
# Calls everything that the API offers, with nothing but curl, and prints requests and answers.
#
#   SITE=http://127.0.0.1:8000 TOKEN=$(manage.py create_token you@example.com) docs/api/tour.sh photo.jpg
#
# Makes a few jobs, batches, a webhook and a token in your account, and deletes all but the batches. With PICTURE_URL,
# a public address of a picture, it has the site load that one too.
set -euo pipefail

SITE="${SITE:-http://127.0.0.1:8000}"
PICTURE="${1:?name a picture}"
: "${TOKEN:?set TOKEN to an API token}"
ANSWER="$(mktemp)"
HEADERS="$(mktemp)"
ARCHIVE="$(mktemp)"
trap 'rm -f "$ANSWER" "$HEADERS" "$ARCHIVE"' EXIT

# A zip archive with one picture: eight black pixels in a square.
base64 -d >"$ARCHIVE" <<'END'
UEsDBBQAAAAAAAAAIQBkHUBYUwAAAFMAAAAFAAAAYS5wbmeJUE5HDQoaCgAAAA1JSERSAAAACAAAAAgBAwAAAP7BLMgAAAADUExU
RQAAAKd6PdoAAAALSURBVHjaY2BABQAAEAABqhn4ggAAAABJRU5ErkJgglBLAQIUAxQAAAAAAAAAIQBkHUBYUwAAAFMAAAAFAAAA
AAAAAAAAAACAAQAAAABhLnBuZ1BLBQYAAAAAAQABADMAAAB2AAAAAAA=
END

# show STATUS[|STATUS] METHOD PATH [curl options]: sends a request, prints it, and expects a status.
show() {
    local expected="$1" method="$2" path="$3" status
    shift 3
    printf '\n--- %s %s' "$method" "$path"
    [ $# = 0 ] || printf ' %q' "$@" | cut -c 1-200 | tr -d '\n'
    printf '\n'
    : >"$ANSWER"
    status="$(curl --silent --show-error --max-time 60 --request "$method" \
        --header "Authorization: Bearer $TOKEN" --output "$ANSWER" --dump-header "$HEADERS" \
        --write-out '%{http_code}' "$@" "$SITE$path")"
    grep -i -E '^(HTTP|content-type|content-language|location|retry-after|etag|ratelimit|preference|link|idempotent|www-auth|x-request-id)' \
        "$HEADERS" | tr -d '\r'
    if grep -q -i '^content-type: image' "$HEADERS"; then
        printf '(%s bytes)\n' "$(wc -c <"$ANSWER")"
    else
        head -c 1500 "$ANSWER"
        printf '\n'
    fi
    if ! [[ "$status" =~ ^($expected)$ ]]; then
        printf 'expected %s, got %s\n' "$expected" "$status" >&2
        exit 1
    fi
}

# field NAME: prints the first string of that name in the last answer.
field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/;t;d" <<<"$(sed -E "s/(\"$1\":\"[^\"]*\").*/\1/" "$ANSWER")"; }

# header NAME: prints a header of the last answer.
header() { sed -n -E "s/^$1: (.*)/\1/Ip" "$HEADERS" | tr -d '\r'; }

# own_id: prints the id with which the last answer begins.
own_id() { sed -E 's/^\{"id":"([^"]*)".*/\1/' "$ANSWER"; }

json=(--header 'Content-Type: application/json')

echo '=== Is it there?'
show 200 GET /health/live
show 200 GET /health/ready
show 200 GET /v2/health/live
show 200 GET /v2/health/ready
show 401 GET /metrics # Prometheus has a token of its own
TOKEN=vit_nonsense show 401 GET /api/v1/me

echo '=== Services, classes, models'
show 200 GET /api/v1/services
show 200 GET "/api/v1/services/classify"
show 200 GET '/api/v1/services/classify/labels?limit=2&lang=es'
show 200 GET /api/v1/services/classify/labels --get --data-urlencode 'q=taza' --data-urlencode 'lang=en'
LABEL="$(sed -E 's/.*"results":\[\{"id":"([^"]*)".*/\1/;t;d' "$ANSWER")"
show 200 GET "/api/v1/services/classify/labels/$LABEL"
show 200 GET /api/v1/services/classify/models
MODEL="$(field name)"
show 200 GET "/v2/models/$MODEL/ready"

echo '=== Jobs'
show 202 POST "/api/v1/services/classify/jobs" --form "image=@$PICTURE" \
    --header "Idempotency-Key: tour-$$" --header 'X-Request-Id: tour'
JOB="$(own_id)"
show 202 POST "/api/v1/services/classify/jobs" --form "image=@$PICTURE" \
    --header "Idempotency-Key: tour-$$" --header 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
show 422 POST "/api/v1/services/classify/jobs" --form "image=@$PICTURE" --form lane=bulk \
    --header "Idempotency-Key: tour-$$"
show 200 GET "/api/v1/jobs/$JOB" --header 'Prefer: wait=30' --header 'Accept-Language: es'
ETAG="$(header etag)"
show 304 GET "/api/v1/jobs/$JOB" --header "If-None-Match: $ETAG" --header 'Accept-Language: es'
show 200 GET "/api/v1/jobs/$JOB/events" --no-buffer
show 204 GET "/api/v1/jobs/$JOB/events" --header 'Last-Event-ID: 1-succeeded'
printf '{"image": "data:image/jpeg;base64,%s"}' "$(base64 <"$PICTURE" | tr -d '\n')" |
    show 201 POST "/api/v1/services/classify/jobs" "${json[@]}" --header 'Prefer: wait=30' --data @-
show 422 POST "/api/v1/services/classify/jobs" "${json[@]}" --data '{"image_url": "http://127.0.0.1/private.jpg"}'
[ -z "${PICTURE_URL:-}" ] ||
    show 201 POST "/api/v1/services/classify/jobs" "${json[@]}" --header 'Prefer: wait=30' \
        --data "{\"image_url\": \"$PICTURE_URL\", \"lang\": \"es\"}"
show 400 POST "/api/v1/services/classify/jobs" "${json[@]}" --data '{"lane": "fast", "image": "data:,"}' --header 'Accept-Language: es'
head -c 11000000 /dev/zero | show 413 POST "/api/v1/services/classify/jobs" --form 'image=@-;filename=large.jpg'
show 415 POST "/api/v1/services/classify/jobs" --form "image=@$0"
show 200 GET '/api/v1/jobs?limit=1&status=succeeded&status=failed'
NEXT="$(field next)"
show 200 GET "${NEXT#"$SITE"}"
show 202 POST "/api/v1/services/classify/jobs" --form "image=@$PICTURE" --form lane=bulk
OTHER="$(own_id)"
show '200|202|409' POST "/api/v1/jobs/$OTHER/cancel"
show 200 GET "/api/v1/jobs/$JOB/image"
show 200 PUT "/api/v1/jobs/$JOB/feedback" "${json[@]}" --data '{"correct": true}'
show 200 PUT "/api/v1/jobs/$JOB/feedback" "${json[@]}" --data "{\"label\": \"$LABEL\"}"
show 204 DELETE "/api/v1/jobs/$JOB/feedback"
show 200 GET /api/v1/jobs --get --data service=classify --data "model=$MODEL" --data "label=$LABEL" --data min_score=0.1 \
    --data created_after=2026-01-01T00:00:00Z --data created_before=2100-01-01T00:00:00Z
show 204 DELETE "/api/v1/jobs/$JOB"
show 410 GET "/api/v1/jobs/$JOB"
show 404 GET /api/v1/jobs/00000000-0000-7000-8000-000000000000

echo '=== Batches'
show 202 POST /api/v1/batches --form "service=classify" --form "images=@$PICTURE" --form "images=@$0"
BATCH="$(own_id)"
show 202 POST /api/v1/batches "${json[@]}" --data '{"image_urls": ["https://127.0.0.1/private.jpg"]}'
show 202 POST /api/v1/batches --form "zip=@$ARCHIVE" --form top_k=1 --header "Idempotency-Key: tour-batch-$$"
show 200 GET "/api/v1/batches/$BATCH"
show 200 GET "/api/v1/jobs?batch=$BATCH&limit=1"

echo '=== Webhooks'
show 201 POST /api/v1/webhooks "${json[@]}" --data '{"url": "https://example.com/hook", "events": ["job.succeeded"]}'
WEBHOOK="$(own_id)"
show 200 GET /api/v1/webhooks
show 200 GET "/api/v1/webhooks/$WEBHOOK"
show 200 PATCH "/api/v1/webhooks/$WEBHOOK" "${json[@]}" --data '{"description": "tour"}'
show 200 POST "/api/v1/webhooks/$WEBHOOK/secret"
show 202 POST "/api/v1/webhooks/$WEBHOOK/test"
DELIVERY="$(own_id)"
show 200 GET "/api/v1/webhooks/$WEBHOOK/deliveries"
show '202|409' POST "/api/v1/webhooks/deliveries/$DELIVERY/replay" # 409 while it is on its way
show 204 DELETE "/api/v1/webhooks/$WEBHOOK"

echo '=== Account'
show 200 GET /api/v1/me
show 200 GET /api/v1/me/usage
show 201 POST /api/v1/me/tokens "${json[@]}" --data '{"name": "tour", "scopes": ["jobs:read"]}'
MADE="$(own_id)" READER="$(field secret)"
show 200 GET /api/v1/me/tokens
show 200 GET "/api/v1/me/tokens/$MADE"
TOKEN="$READER" show 200 GET '/api/v1/jobs?limit=1'
TOKEN="$READER" show 403 POST /api/v1/webhooks "${json[@]}" --data '{}' --header 'Accept-Language: es'
show 204 DELETE "/api/v1/me/tokens/$MADE"
TOKEN="$READER" show 401 GET '/api/v1/jobs?limit=1'

echo '=== The API about itself'
show 200 GET /api/v1/schema
show 200 GET /api/docs
show 200 GET /api/errors
show 200 GET /api/errors/not_found
show 404 GET /api/v1/nothing
show 405 PUT /api/v1/jobs

printf '\nEverything answered as expected.\n'
