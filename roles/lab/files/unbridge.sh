#!/bin/sh
# unbridge.sh NAME: remove the bridge, unless something is still plugged into it.
set -eu
[ -e "/sys/class/net/$1" ] || exit 0
[ -z "$(ls "/sys/class/net/$1/brif")" ] || exit 0
ip link delete "$1"
echo changed
