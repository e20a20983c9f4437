#!/usr/bin/env bash
# Proves Dockerfile, docker-compose.yml and the tests' container route with podman and runc on a Debian machine, as root,
# even where no image registry can be reached: the base image is bootstrapped from Debian's packages, and a stand-in
# takes the place of Neo4j's image (scripts/containers/neo4j_stand_in.py). docs/containers.md says what that proves.
#
#     apt-get install podman runc debootstrap && bash scripts/prove_containers.sh [base|images|compose|tests]...
#
# Where registries can be reached, BASE_IMAGE and NEO4J_IMAGE name the real ones, and nothing is bootstrapped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

WORK=${MESHWEAVE_PROOF_DIR:-${TMPDIR:-/tmp}/meshweave-proof}
NAME=meshweave-proof
BASE_IMAGE=${BASE_IMAGE:-localhost/$NAME/python}
NEO4J_IMAGE=${NEO4J_IMAGE:-localhost/$NAME/neo4j}
BUILD_IMAGE=localhost/$NAME/build
API_IMAGE=localhost/$NAME/api
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
PORT=${PORT:-18000}

# runc, cgroupfs and limits below the present ones: crun, and podman's own limits, fail inside some sandboxes.
mkdir -p "$WORK"
cat >"$WORK/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
CONF
export CONTAINERS_CONF=$WORK/containers.conf

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1: expected '$3', got '$2'"; printf 'ok  %s: %s\n' "$1" "$2"; }

base() {
  step "Bootstrap a base image from Debian's packages"
  podman image exists "$BASE_IMAGE" && return
  local root=$WORK/rootfs
  debootstrap --variant=minbase --include=python3,python3-pip,python3-venv,ca-certificates bookworm "$root" >"$WORK/base.log"
  ln -sf python3 "$root/usr/bin/python"
  rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
  cp "$CERTIFICATES" "$root$CERTIFICATES" # what this machine trusts, a company's proxy for one
  tar -C "$root" --exclude=./proc/* --exclude=./sys/* -c . | podman import \
    --change "ENV PIP_CERT=$CERTIFICATES" --change "ENV SSL_CERT_FILE=$CERTIFICATES" \
    --change "ENV NODE_EXTRA_CA_CERTS=$CERTIFICATES" - "$BASE_IMAGE"
}

images() {
  step "Build the image of the API"
  local build=(podman build --network host --format docker --build-arg "BASE_IMAGE=$BASE_IMAGE")
  "${build[@]}" --target build -t "$BUILD_IMAGE" .
  "${build[@]}" -t "$API_IMAGE" .
  expect "user of the image" "$(podman image inspect -f '{{.User}}' "$API_IMAGE")" 10001:10001
  expect "a JVM in the image" "$(inside 'find / -xdev -name libjvm.so | wc -l')" 0
  expect "jars of Neo4j in the image" "$(inside 'find / -xdev -name "neo4j*.jar" | wc -l')" 0
  expect "GraphiQL in the image" "$(inside 'ls /opt/meshweave/cache/graphiql/*/index.html | wc -l')" 1
  [ "$NEO4J_IMAGE" = "localhost/$NAME/neo4j" ] || return 0
  step "Build the stand-in for Neo4j's image"
  local context=$WORK/neo4j
  mkdir -p "$context/cache/jars"
  cp -a "$(jars)" "$context/cache/jars/"
  cp scripts/containers/neo4j_stand_in.py "$context/"
  podman build --network host --format docker --build-arg "BUILD_IMAGE=$BUILD_IMAGE" -t "$NEO4J_IMAGE" \
    -f scripts/containers/neo4j_stand_in.Dockerfile "$context"
}

inside() { podman run --rm --network none --entrypoint sh "$API_IMAGE" -c "$1"; }

jars() { # the folder of the jars that the embedded Neo4j uses, fetched if they are not there
  uv run python -c 'import asyncio; from graph_api.neo4j.jars import ensure_jars, read_lock
from graph_api.settings import Settings
print(asyncio.run(ensure_jars(Settings().cache_dir, read_lock(), Settings().maven_url)))'
}

compose() {
  step "Compose: up with one command"
  export MESHWEAVE_IMAGE=$API_IMAGE MESHWEAVE_NEO4J_IMAGE=$NEO4J_IMAGE MESHWEAVE_BASE_IMAGE=$BASE_IMAGE MESHWEAVE_PORT=$PORT
  trap 'run_compose down --volumes >/dev/null 2>&1 || true' EXIT
  run_compose down --volumes >/dev/null 2>&1 || true
  run_compose up --detach --no-build
  healthy
  expect "who the API runs as" "$(within api id -u)" 10001
  expect "who Neo4j runs as" "$(within neo4j id -u)" 7474
  expect "the API's files are read-only" "$(within api sh -c 'touch /var/tmp/x 2>/dev/null && echo no || echo yes')" yes
  expect "the password in no environment" "$(podman inspect "$(container api)" "$(container neo4j)" | grep -c "$(within api cat /run/meshweave/neo4j_password)" || true)" 0
  step "Compose: a mutation, a refusal, lineage"
  within api meshweave sample load
  TOKEN=$(within api meshweave token)
  expect "without a token" "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/graphql?query=%7Bviewer%7Bname%7D%7D")" 401
  PROFILES=$(ask '{ dataProduct(urn: "urn:mesh:customer:profiles") { id } }' | grep -o 'prd_[0-9a-f]*')
  expect "a refused product" "$(create refused '' | grep -c '"classified-data"')" 1
  create birthday_offers 'classification: CONFIDENTIAL' >/dev/null
  expect "products" "$(products)" 61
  expect "its lineage" "$(ask '{ dataProduct(urn: "urn:mesh:marketing:birthday_offers") { lineage(direction: UPSTREAM, depth: 1) { nodes { product { urn } } } } }' | grep -o 'urn:mesh:[a-z_:]*' | sort | paste -sd ' ')" \
    "urn:mesh:customer:profiles urn:mesh:marketing:birthday_offers"
  step "Compose: the data outlive the containers"
  run_compose down
  run_compose up --detach --no-build
  healthy
  expect "the token is the same" "$([ "$(within api meshweave token)" = "$TOKEN" ] && echo yes)" yes
  expect "products after down and up" "$(products)" 61
  run_compose down --volumes
  trap - EXIT
}

run_compose() { uvx --quiet podman-compose --project-name "$NAME" --file docker-compose.yml "$@"; }
container() { podman ps --quiet --filter "label=com.docker.compose.project=$NAME" --filter "label=com.docker.compose.service=$1"; }
within() { local service=$1; shift; podman exec "$(container "$service")" "$@"; }

healthy() { # without systemd nobody runs podman's health checks but us
  for _ in $(seq 120); do
    if [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/health")" = 200 ]; then
      for service in neo4j api; do
        podman healthcheck run "$(container $service)"
        expect "health of $service" "$(podman inspect -f '{{.State.Health.Status}}' "$(container $service)")" healthy
      done
      return
    fi
    sleep 2
  done
  podman logs "$(container api)" >&2 || true
  fail "the API did not become healthy"
}

ask() {
  curl -s "http://127.0.0.1:$PORT/graphql" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    -d "$(python3 -c 'import json, sys; print(json.dumps({"query": sys.argv[1]}))' "$1")"
}

create() {
  ask "mutation { dataProductCreate(input: {domain: \"marketing\", name: \"$1\", type: DERIVED, description: \"Offers\",
    contract: {version: \"1.0.0\", format: \"parquet\", retention: {days: 90}, jsonSchema: {type: \"object\"} $2},
    dependencies: [{provider: \"$PROFILES\"}]}) { dataProduct { urn } violations { policy { name } } userErrors { message } } }"
}

products() { ask '{ dataProducts { totalCount } }' | grep -o '[0-9]*'; }

tests() {
  step "Tests: the endpoint of testcontainers, through podman's Docker-compatible socket"
  local socket=$WORK/podman.sock
  podman system service --time 0 "unix://$socket" &
  SERVICE=$!
  trap 'kill "$SERVICE" 2>/dev/null || true' EXIT
  for _ in $(seq 50); do [ -S "$socket" ] && break; sleep 0.2; done
  # The mode is stated, since testcontainers takes a machine that was made from an image for a container. The whole of
  # tests/resolvers/mutations then runs on the session's container, test_containers.py on one of its own.
  DOCKER_HOST=unix://$socket TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_CONNECTION_MODE=docker_host \
    MESHWEAVE_TEST_NEO4J=container MESHWEAVE_TEST_NEO4J_IMAGE=$NEO4J_IMAGE \
    uv run pytest -q -p no:cacheprovider tests/graph_api/neo4j/test_containers.py tests/resolvers/mutations
  kill "$SERVICE"
  trap - EXIT
}

[ $# -gt 0 ] || set -- base images compose tests
for part in "$@"; do "$part"; done
step "Proven: $*"
