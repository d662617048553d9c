#!/usr/bin/env bash
# Streams a chat completion in OpenAI's format. Usage: samples/curl/openai.sh [base URL]
set -euo pipefail
base=${1:-http://localhost:8000}

curl -sSN --fail-with-body "$base/v1/chat/completions" -H 'Content-Type: application/json' \
  -d '{"messages":[{"role":"user","content":"Tell me a story about a robot named Max"}],"model":"gpt-3.5-turbo","stream":true,"stream_options":{"include_usage":true}}'
