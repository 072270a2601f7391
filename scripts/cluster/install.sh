#!/usr/bin/env bash
# Installs what the test cluster needs from Debian 12, and builds kube-apiserver from Debian's source package (about 4
# minutes on 2 cores the first time, a second afterwards). Idempotent. The other components are built when a test needs
# a node.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")"); . "$here/lib.sh"
sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
want="etcd-server golang-go golang-github-modern-go-reflect2-dev dpkg-dev rsync time curl openssl"
missing=$(for p in $want; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || echo "$p"; done)
components=${KUBE_COMPONENTS:-kube-apiserver}
todo=$(for c in $components; do [ -x "$BIN/$c" ] || echo "$c"; done)
if [ -n "$todo" ] && ! apt-cache showsrc kubernetes 2>/dev/null | grep -q really1.20.2; then
  sed -n '/^Types: deb$/,$p' /etc/apt/sources.list.d/debian.sources | sed 's/^Types: deb$/Types: deb-src/; /^#/d' \
    | $sudo tee /etc/apt/sources.list.d/debian-source.sources >/dev/null
  $sudo apt-get update -qq
fi
if [ -n "$missing" ]; then
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
# shellcheck disable=SC2086
[ -z "$todo" ] || "$here/build.sh" $todo
echo "test cluster: binaries in $BIN"
