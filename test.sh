#!/usr/bin/env bash
# Sets up what the tests need, builds, checks the format and runs every test. With --unit first, builds and runs the unit tests only, which
# need nothing else. Other arguments go to the test program, for example: ./test.sh --filter-class '*RelayOnRedisTests'
set -euo pipefail
cd "$(dirname "$0")"

# name of the program to look for, Debian package that brings it
need() {
  command -v "$1" >/dev/null 2>&1 && return
  if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null 2>&1; then
    echo "test.sh: installing $2."
    { apt-get install -y -qq "$2" || { apt-get update -qq && apt-get install -y -qq "$2"; }; } >/dev/null 2>&1 && return
  fi
  echo "test.sh: no $1 here; the tests that need it are skipped."
}

if [[ "${1:-}" == --unit ]]; then
  shift
  set -- --filter-namespace 'AgnoAspire.Tests.Unit*' "$@"
  dotnet build AgnoAspire.Tests --nologo
else
  need redis-server redis-server
  need chromium chromium
  if ! /usr/bin/python3 -c 'import requests' 2>/dev/null; then need python3-requests python3-requests; fi

  dotnet restore AgnoAspire.sln
  dotnet format AgnoAspire.sln --verify-no-changes --no-restore
  dotnet build AgnoAspire.sln --no-restore --nologo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
dotnet AgnoAspire.Tests/bin/Debug/net10.0/AgnoAspire.Tests.dll --progress off --no-ansi "$@" | tee "$log" || status=$?
count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1; }
echo "$(count succeeded) passed, $(count failed) failed, $(count skipped) skipped"
exit "$status"
