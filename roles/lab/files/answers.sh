#!/bin/sh
# answers.sh SSH_CONFIG SECONDS NODE...: wait until every node answers by SSH, all of them at once, but no longer than that.
# Prints the nodes that do not, and fails if there are any.
set -eu
config=$1 end=$(($(date +%s) + $2))
shift 2
silent=$(mktemp --directory)
trap 'rm -rf "$silent"' EXIT
for node in "$@"; do
  : >"$silent/$node"
  (
    until ssh -F "$config" -o BatchMode=yes -o ConnectTimeout=5 "$node" true 2>/dev/null; do
      [ "$(date +%s)" -lt "$end" ] || exit 0
      sleep 0.3
    done
    rm "$silent/$node"
  ) &
done
wait
ls "$silent"
[ -z "$(ls "$silent")" ]
