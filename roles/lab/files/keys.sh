#!/bin/sh
# keys.sh LAB_DIR COMMENT NODE,ADDRESS...: the lab's SSH keys, the user's and the nodes', and who knows whom by them. Says
# "changed" when it did something.
set -eu
dir=$1 comment=$2
shift 2
umask 077
mkdir -p "$dir/seed"
cd "$dir"
for key in id_ed25519 seed/ssh_host_ed25519_key; do
  if ! [ -e "$key" ]; then
    ssh-keygen -q -t ed25519 -N '' -C "$comment" -f "$key"
    echo changed
  fi
done

# write FILE: what comes on the standard input, if the file says something else.
write() {
  cat >"$1.new"
  if cmp -s "$1.new" "$1"; then
    rm "$1.new"
  else
    mv "$1.new" "$1"
    echo changed
  fi
}
write seed/authorized_keys <id_ed25519.pub
read -r type key _ <seed/ssh_host_ed25519_key.pub
for node in "$@"; do echo "$node $type $key"; done | write known_hosts
