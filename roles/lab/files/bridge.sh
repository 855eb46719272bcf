#!/bin/sh
# bridge.sh NAME ADDRESS...: a bridge that exists, is up and has these addresses. Says "changed" when it did something.
set -eu
name=$1
shift
if ! [ -e "/sys/class/net/$name" ]; then
  ip link add "$name" type bridge forward_delay 0 stp_state 0
  echo changed
fi
for address in "$@"; do
  if ! ip -oneline address show dev "$name" | grep -qF " $address "; then
    ip address add "$address" dev "$name"
    echo changed
  fi
done
if [ "$(cat "/sys/class/net/$name/operstate")" = down ] && ! ip link show dev "$name" up | grep -q .; then
  ip link set "$name" up
  echo changed
fi
