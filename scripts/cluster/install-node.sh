#!/usr/bin/env bash
# Installs what a node of the test cluster needs besides install.sh: controller manager, scheduler, kubelet and
# kube-proxy built from Debian's source package (about 3 minutes on 2 cores the first time), containerd, and the pause
# image. Idempotent.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
want="containerd runc containernetworking-plugins iptables socat conntrack ipset ethtool ebtables iproute2 util-linux jq gcc libc6-dev"
missing=$(for p in $want; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || echo "$p"; done)
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
KUBE_COMPONENTS="kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy" "$here/install.sh"
mkdir -p "$K/images" "$K/img"
if [ ! -s "$K/images/pause.tar" ]; then
  gcc -static -O2 -o "$K/img/pause" "$here/img/pause.c"
  python3 "$here/img/mkimage.py" "$K/images/pause.tar" localhost/pause:1 /pause "$K/img/pause:/pause"
fi
