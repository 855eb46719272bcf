#!/bin/sh
# unbridge.sh NAME: remove the bridge, unless something is still plugged into it, or bridge.sh did not make it.
set -eu
[ -e "/sys/class/net/$1" ] || exit 0
[ "$(cat "/sys/class/net/$1/address")" = 52:54:00:c6:12:00 ] || exit 0
[ -z "$(ls "/sys/class/net/$1/brif")" ] || exit 0
ip link delete "$1"
echo changed
