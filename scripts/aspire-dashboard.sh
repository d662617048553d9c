#!/usr/bin/env bash
# Prints the path of an Aspire CLI, which has the standalone dashboard in it: the one ASPIRE_CLI names, else one that is installed from
# npm into artifacts/ on first use.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
version=13.5.4

if [[ -n "${ASPIRE_CLI:-}" ]]; then
  echo "$ASPIRE_CLI"
  exit
fi

if [[ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]]; then
  echo "The Aspire CLI is installed by itself on Linux x64 only. Install it and say where: ASPIRE_CLI=/path/to/aspire" >&2
  exit 1
fi

home="$root/artifacts/aspire-cli-$version"
cli="$home/node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire"
if [[ ! -x "$cli" ]]; then
  command -v npm >/dev/null || { echo "npm is not installed, and the Aspire dashboard comes from there." >&2; exit 1; }
  mkdir -p "$home"
  npm install --prefix "$home" --no-audit --no-fund --loglevel error "@microsoft/aspire-cli-linux-x64@$version" >&2
fi

echo "$cli"
