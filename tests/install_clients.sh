#!/bin/sh
# Installs the real clients that the tests speak with, where they are missing: Debian, as root.
set -eu
missing=
command -v curl >/dev/null || missing="$missing curl"
command -v nc >/dev/null || missing="$missing netcat-openbsd"
command -v socat >/dev/null || missing="$missing socat"
command -v redis-cli >/dev/null || missing="$missing redis-tools"
command -v dig >/dev/null || missing="$missing bind9-dnsutils"
command -v logger >/dev/null || missing="$missing bsdutils"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The tests need these programs; please install them:$missing" >&2
    exit 1
fi
apt-get update -qq >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
