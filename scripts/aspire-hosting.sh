#!/usr/bin/env bash
# Prints true when the Aspire packages can be restored here, else false. AspireHosting in the environment decides, if set.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -n "${AspireHosting:-}" ]]; then
  echo "$AspireHosting"
  exit
fi

version=$(sed -n 's:.*<AspireVersion>\(.*\)</AspireVersion>.*:\1:p' Directory.Packages.props)
answer="artifacts/aspire-hosting-$version"
if [[ ! -f "$answer" ]]; then
  probe=$(mktemp -d)
  trap 'rm -rf "$probe"' EXIT
  cat > "$probe/probe.csproj" <<PROBE
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="Aspire.Hosting.AppHost" Version="[$version]" /></ItemGroup>
</Project>
PROBE
  mkdir -p artifacts
  if dotnet restore "$probe" >/dev/null 2>&1; then echo true; else echo false; fi > "$answer"
fi
cat "$answer"
