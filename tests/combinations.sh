#!/usr/bin/env bash
# Topology webfarm_ipvs in all nine ways, one lab after another: built, converged, looked at (tests/verify), drilled and
# removed. One that fails does not keep the next from its turn; at the end it is said which ones did. The results of
# drills are called after the combination. `make combinations` runs it; its arguments, such as ldirectord_masq, name some of
# the nine, in the order of their turns.
set -euo pipefail
cd "$(dirname "$0")/.."

export HALAB_TOPOLOGY=webfarm_ipvs HALAB_VARS=''
nine=({keepalived,ldirectord,ipvsadm}_{gate,masq,ipip})
wanted=("${@:-${nine[@]}}")
for combination in "${wanted[@]}"; do
  [[ " ${nine[*]} " == *" $combination "* ]] || { echo "There is no combination $combination; there are ${nine[*]}" >&2; exit 64; }
done
total=${#wanted[@]}

lab() {
  make "$@" TOPOLOGY="$HALAB_TOPOLOGY" VARS="$HALAB_VARS"
}

say() {
  printf '\n== %(%H:%M:%S)T  %s\n' -1 "$1"
}

# Who interrupts it wants no other lab, and none left. pytest and make return what they like then.
trap 'lab down' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

number=0
failed=()
for combination in "${wanted[@]}"; do
  number=$((number + 1))
  director=${combination%_*} forwarding=${combination#*_}
  HALAB_VARS="farm_director=$director farm_forwarding=$forwarding drill_topology=webfarm_ipvs_$combination"
  steps=()
  say "$number of $total: $director with $forwarding"
  if lab up converge; then
    pytest -v tests/verify || steps+=(tests/verify)
    lab drill || steps+=(drill)
  else
    steps+=(up converge)
  fi
  lab down || steps+=(down)
  [ ${#steps[@]} -eq 0 ] || failed+=("$number of $total, $director with $forwarding: ${steps[*]}")
done
trap - EXIT

say "$((total - ${#failed[@]})) of $total combinations passed"
[ ${#failed[@]} -eq 0 ] || { printf '%s\n' "${failed[@]}"; exit 1; }
