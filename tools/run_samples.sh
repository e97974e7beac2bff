#!/usr/bin/env bash
# Serves the two sample tenants from ./.bailiwick in the foreground: loads their handbooks, makes a token each, and
# prints what to try. Called by `./dev run` with the binary; the address is BAILIWICK_LISTEN or 127.0.0.1:8080.
set -euo pipefail
binary=$(realpath "$1")
state=$PWD/.bailiwick
listen=${BAILIWICK_LISTEN:-127.0.0.1:8080}
export BAILIWICK_URL=http://$listen
mkdir -p "$state"
chmod 700 "$state"

BAILIWICK__BUNDLES__REQUIRE_SIGNATURE=false BAILIWICK__METRICS__OPEN=true \
  "$binary" serve --data "$state/data" --tenants examples/tenants --listen "$listen" 2>"$state/server.log" >/dev/null &
server=$!
trap 'kill -TERM $server 2>/dev/null; wait $server 2>/dev/null' EXIT
trap 'exit 0' INT TERM

for _ in $(seq 100); do
  curl -fsS "$BAILIWICK_URL/readyz" >/dev/null 2>&1 && break
  kill -0 $server 2>/dev/null || { cat "$state/server.log" >&2; exit 1; }
  sleep 0.1
done

token_of() { # TENANT: one operator token, made on the first run and kept
  local file=$state/$1.token
  if [ ! -s "$file" ]; then
    (umask 077 && "$binary" tokens create --tenant "$1" --role owner --name "sample" \
      --token-file "$state/data/admin.token" >"$file" 2>/dev/null)
  fi
  cat "$file"
}

for tenant in acme-corp beta-inc; do
  BAILIWICK_TOKEN=$(token_of $tenant) "$binary" corpus add --tenant $tenant "examples/tenants/$tenant/documents" >/dev/null
done

cat <<TEXT

Bailiwick is up.   API and gateway   $BAILIWICK_URL   (described at /openapi.json)
                   admin token       $state/data/admin.token

  acme-corp (healthcare)   $(token_of acme-corp)
  beta-inc  (payments)     $(token_of beta-inc)

Try, in another terminal:

  export BAILIWICK_URL=$BAILIWICK_URL PATH=$(dirname "$binary"):\$PATH
  BAILIWICK_TOKEN=\$(cat $state/acme-corp.token) bailiwick ask --tenant acme-corp "$(jq -r 'select(.tenant=="acme-corp").question' examples/questions.jsonl | head -n 1)"
  curl -s $BAILIWICK_URL/v1/chat/completions -H "Authorization: Bearer \$(cat $state/beta-inc.token)" -H 'Content-Type: application/json' \\
    -d '{"model":"auto","messages":[{"role":"user","content":"$(jq -r 'select(.tenant=="beta-inc").question' examples/questions.jsonl | head -n 1)"}]}'
  BAILIWICK_TOKEN=\$(cat $state/acme-corp.token) bailiwick ask --tenant beta-inc "anything"     # a denial

Ctrl-C stops the server. Its log is $state/server.log
TEXT
wait $server
