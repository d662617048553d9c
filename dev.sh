#!/usr/bin/env bash
# Everything on this machine, without Docker and without the AppHost: a Redis, two APIs, two workers and the Aspire dashboard. Ctrl-C stops
# it all. From the environment: API_PORT (8000; the second API has the next one), DASHBOARD_PORT (18888), REDIS_PORT (16379), OTLP_PORT
# (14317), DASHBOARD=none to go without it, ConnectionStrings__redis to use a Redis that runs already, CONFIGURATION (Debug), BUILD=none to
# run what is built already, and any setting of the services.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

api_port="${API_PORT:-8000}"
dashboard_port="${DASHBOARD_PORT:-18888}"
redis_port="${REDIS_PORT:-16379}"
otlp_port="${OTLP_PORT:-14317}"
configuration="${CONFIGURATION:-Debug}"
logs="$PWD/artifacts/dev"
patience=60
services=()
servers=()
mkdir -p "$logs"

stop() {
  trap - EXIT INT TERM
  echo "Stopping."
  # The services first: a Redis and a collector that are still there let them leave in order.
  for group in services servers; do
    declare -n pids="$group"
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  done
}

# answers PORT [PATH]: whether something listens, and answers the path with 200 where one is given.
answers() {
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  if [[ -n "${2:-}" ]]; then
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
    local status
    read -r -t 5 status <&3 && [[ "$status" == *" 200 "* ]]
  fi
}

# await NAME PID PORT [PATH]
await() {
  for ((i = 0; i < patience * 5; i++)); do
    if (answers "$3" "${4:-}") 2>/dev/null; then return; fi
    if ! kill -0 "$2" 2>/dev/null; then break; fi
    sleep 0.2
  done
  echo "$1 did not start; see $logs/$1.log" >&2
  tail -n 20 "$logs/$1.log" >&2
  exit 1
}

free() {
  if (answers "$1") 2>/dev/null; then
    echo "Port $1 is taken. Choose another one: $2=… ./dev.sh" >&2
    exit 1
  fi
}

# service NAME NUMBER PROJECT URL
service() {
  (
    cd "$3"
    export OTEL_SERVICE_NAME="$1" OTEL_RESOURCE_ATTRIBUTES="service.instance.id=$2" ASPNETCORE_URLS="$4"
    exec dotnet "bin/$configuration/net10.0/$3.dll"
  ) >"$logs/$1-$2.log" 2>&1 &
  services+=($!)
}

free "$api_port" API_PORT
free "$((api_port + 1))" API_PORT

if [[ "${BUILD:-}" != none ]]; then
  for project in AgnoAspire.ApiService AgnoAspire.Worker; do
    dotnet build "$project" --configuration "$configuration" --verbosity quiet --nologo -clp:NoSummary
  done
fi

trap stop EXIT
trap 'exit 0' INT TERM

if [[ -z "${ConnectionStrings__redis:-}" ]]; then
  free "$redis_port" REDIS_PORT
  if command -v redis-server >/dev/null; then
    redis-server --port "$redis_port" --bind 127.0.0.1 --save "" --appendonly no >"$logs/redis.log" 2>&1 &
  else
    # The scripts need Lua, and are atomic in this mode only.
    dotnet tool exec garnet-server@2.2.8 --yes -- \
      --bind 127.0.0.1 --port "$redis_port" --lua --lua-transaction-mode >"$logs/redis.log" 2>&1 &
  fi
  servers+=($!)
  await redis $! "$redis_port"
  export ConnectionStrings__redis="127.0.0.1:$redis_port"
fi

dashboard=""
if [[ "${DASHBOARD:-}" != none ]] && cli="$(scripts/aspire-dashboard.sh)"; then
  free "$dashboard_port" DASHBOARD_PORT
  free "$otlp_port" OTLP_PORT
  dashboard="http://localhost:$dashboard_port"
  ASPIRE_CLI_TELEMETRY_OPTOUT=true "$cli" dashboard run --allow-anonymous --nologo --non-interactive \
    --frontend-url "http://127.0.0.1:$dashboard_port" --otlp-grpc-url "http://127.0.0.1:$otlp_port" \
    --otlp-http-url "http://127.0.0.1:$((otlp_port + 1))" >"$logs/dashboard.log" 2>&1 &
  servers+=($!)
  await dashboard $! "$dashboard_port"
  export OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$otlp_port"
  export OTEL_BSP_SCHEDULE_DELAY="${OTEL_BSP_SCHEDULE_DELAY:-1000}" OTEL_BLRP_SCHEDULE_DELAY="${OTEL_BLRP_SCHEDULE_DELAY:-1000}"
  export OTEL_METRIC_EXPORT_INTERVAL="${OTEL_METRIC_EXPORT_INTERVAL:-5000}"
fi

# At a desk nobody waits for an answer to end before a restart.
export ASPNETCORE_ENVIRONMENT="${ASPNETCORE_ENVIRONMENT:-Development}"
export ChatApi__ShutdownDrainTimeout="${ChatApi__ShutdownDrainTimeout:-00:00:02}" Worker__ShutdownDrainTimeout="${Worker__ShutdownDrainTimeout:-00:00:02}"
service worker 1 AgnoAspire.Worker http://127.0.0.1:0
service worker 2 AgnoAspire.Worker http://127.0.0.1:0
service api 1 AgnoAspire.ApiService "http://127.0.0.1:$api_port"
service api 2 AgnoAspire.ApiService "http://127.0.0.1:$((api_port + 1))"
await api-1 "${services[2]}" "$api_port" /health
await api-2 "${services[3]}" "$((api_port + 1))" /health

cat <<READY

  Chat API   http://localhost:$api_port and http://localhost:$((api_port + 1))
  Dashboard  ${dashboard:-none}
  Redis      $ConnectionStrings__redis
  Logs       $logs

  Try:  curl -N http://localhost:$api_port/api/v1/chat -H 'Content-Type: application/json' \\
          -d '{"messages":[{"role":"user","content":"Tell me a story about a robot named Max"}],"model":"gpt-3.5-turbo","stream":true}'

Ctrl-C stops everything.
READY

wait -n "${services[@]}" "${servers[@]}" || true
echo "Something has ended; see $logs" >&2
exit 1
