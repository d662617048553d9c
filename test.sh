#!/usr/bin/env bash
# Sets up what the tests need, builds, checks the format and runs every test. With --unit first, builds and runs the unit tests only, which
# need nothing else. Other arguments go to the test program, for example: ./test.sh --filter-class '*RelayOnRedisTests'
set -euo pipefail
cd "$(dirname "$0")"

# need PACKAGE CHECK...: installs a Debian package unless the check succeeds.
need() {
  "${@:2}" >/dev/null 2>&1 && return
  if [[ "$(id -u)" != 0 ]]; then
    echo "test.sh: $1 is missing and only root can install it: the tests that need it are skipped."
  elif ! command -v apt-get >/dev/null; then
    echo "test.sh: $1 is missing and there is no apt-get to install it: the tests that need it are skipped."
  else
    echo "test.sh: installing the Debian package $1."
    { apt-get install -y -qq "$1" || { apt-get update -qq && apt-get install -y -qq "$1"; }; } >/dev/null 2>&1 \
      || echo "test.sh: $1 could not be installed: the tests that need it are skipped."
  fi
}

if [[ "${1:-}" == --unit ]]; then
  shift
  set -- --filter-namespace 'AgnoAspire.Tests.Unit*' "$@"
  dotnet build AgnoAspire.Tests --nologo
else
  need redis-server command -v redis-server
  need chromium command -v chromium
  need python3-requests /usr/bin/python3 -c 'import requests'

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
