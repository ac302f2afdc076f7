#!/bin/sh
# Installs the foreign load generators that some of these programs run, where they are missing: Debian, as root.
set -eu
missing=
command -v wrk >/dev/null || missing="$missing wrk"
command -v redis-benchmark >/dev/null || missing="$missing redis-tools"
command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The benchmarks need these programs; please install them:$missing" >&2
    exit 1
fi
apt-get update -qq >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
