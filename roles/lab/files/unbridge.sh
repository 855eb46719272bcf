#!/bin/sh
# unbridge.sh NAME: remove the bridge, unless another lab is still plugged into it.
set -eu
[ -e "/sys/class/net/$1" ] || exit 0
# The cables of nodes that were just killed go a moment after them.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$(ls "/sys/class/net/$1/brif")" ] || { ip link delete "$1"; echo changed; exit 0; }
  sleep 0.3
done
