#!/usr/bin/env bash
# Cedar's own tests through cedar_conformance: run.sh PROGRAM DATA. Without the data it fails in CI and is skipped
# (77) elsewhere.
set -euo pipefail
program=$1 data=$2
if [ ! -d "$data" ]; then
  echo "Cedar's tests are not at $data" >&2
  [ -z "${CI:-}" ] && exit 77
  exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tar -xzf "$data/corpus-shared.tar.gz" -C "$scratch"
"$program" "$data/handwritten"
"$program" "$scratch"
