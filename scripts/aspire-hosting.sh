#!/usr/bin/env bash
# Prints "true" where the NuGet feed has the Aspire packages this repository is built with, else "false": the value for the MSBuild
# switch AspireHosting. AspireHosting in the environment is taken at its word; the answer is kept in artifacts/ (delete it to ask again).
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

if [[ -n "${AspireHosting:-}" ]]; then
  echo "$AspireHosting"
  exit
fi

version="$(sed -n 's:.*<AspireVersion>\(.*\)</AspireVersion>.*:\1:p' "$root/Directory.Packages.props")"
answer="$root/artifacts/aspire-hosting-$version"
if [[ ! -f "$answer" ]]; then
  # A project of its own, which hears nothing of the repository's build rules but finds its NuGet sources.
  probe="$root/artifacts/aspire-probe"
  mkdir -p "$probe"
  echo '<Project />' | tee "$probe/Directory.Build.props" "$probe/Directory.Build.targets" "$probe/Directory.Packages.props" >/dev/null
  cat >"$probe/probe.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Aspire.Hosting.AppHost" Version="$version" />
    <PackageReference Include="Aspire.Hosting.Redis" Version="$version" />
    <PackageReference Include="Aspire.StackExchange.Redis" Version="$version" />
  </ItemGroup>
</Project>
PROJECT
  if timeout 120 dotnet restore "$probe/probe.csproj" --verbosity quiet >"$probe/restore.log" 2>&1; then
    echo true >"$answer"
  else
    echo false >"$answer"
  fi
fi

cat "$answer"
