#!/usr/bin/env bash
# Streams a chat, resumes the stream after its fifth event, then reads the chat's status.
# Usage: samples/curl/chat.sh [base URL]
set -euo pipefail
base=${1:-http://localhost:8000}
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

curl -sSN --fail-with-body -D "$headers" "$base/api/v1/chat" -H 'Content-Type: application/json' \
  -d '{"messages":[{"role":"user","content":"Tell me a story about a robot named Max"}],"model":"gpt-3.5-turbo","stream":true}'

id=$(sed -n 's/^X-Stream-Id: *\([^[:space:]]*\).*/\1/ip' "$headers")
echo "--- after event 5"
curl -sSN --fail-with-body "$base/api/v1/chat/$id/stream" -H 'Last-Event-ID: 5'

echo "--- status"
curl -sS --fail-with-body "$base/api/v1/chat/$id"
