#!/bin/sh
# Installs the real clients and servers that the tests speak with, where they are missing: Debian, as root.
set -eu
missing=
command -v curl >/dev/null || missing="$missing curl"
command -v nc >/dev/null || missing="$missing netcat-openbsd"
command -v socat >/dev/null || missing="$missing socat"
command -v redis-cli >/dev/null || missing="$missing redis-tools"
command -v dig >/dev/null || missing="$missing bind9-dnsutils"
command -v logger >/dev/null || missing="$missing bsdutils"
command -v mosquitto_pub >/dev/null || missing="$missing mosquitto-clients"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v telnet >/dev/null || missing="$missing telnet"
command -v zsh >/dev/null || missing="$missing zsh"
command -v fish >/dev/null || missing="$missing fish"
command -v openssl >/dev/null || missing="$missing openssl"
command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ] || missing="$missing haproxy"
# Debian keeps the server's programs out of the path.
command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
# For the proofs alone.
command -v rpcgen >/dev/null || missing="$missing rpcsvc-proto"
command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
command -v chromium >/dev/null || missing="$missing chromium"
[ -e /usr/include/tirpc/rpc/xdr.h ] || missing="$missing libtirpc-dev"
command -v rpcbind >/dev/null || [ -x /usr/sbin/rpcbind ] || missing="$missing rpcbind"
[ -z "${SCANNERS:-}" ] || command -v testssl >/dev/null || missing="$missing testssl.sh"
[ -z "${SCANNERS:-}" ] || command -v chromium >/dev/null || missing="$missing chromium"
[ -z "${SCANNERS:-}" ] || command -v nfs-ls >/dev/null || missing="$missing libnfs-utils"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The tests need these programs; please install them:$missing" >&2
    exit 1
fi
# The tests start servers of their own: the packages must not start the system's (invoke-rc.d asks this program).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    trap 'rm -f "$policy"' EXIT
    chmod 755 "$policy"
fi
apt-get update -qq >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
