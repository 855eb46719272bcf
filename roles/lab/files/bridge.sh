#!/bin/sh
# bridge.sh NAME ADDRESS...: a bridge that exists, is up and has these addresses. Says "changed" when it did something.
set -eu
name=$1
shift
if ! [ -e "/sys/class/net/$name" ]; then
  # An address of its own. Otherwise it borrows one of its ports', and changes it whenever a node comes or goes: every node
  # would then answer this machine at an address that no longer is, for as long as its ARP cache lasts.
  ip link add "$name" address 52:54:00:c6:12:00 type bridge forward_delay 0 stp_state 0
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
