#!/usr/bin/env bash
# Runs `ansible-test sanity` on a copy of the collection: it insists on a real path ending in ansible_collections/halab/cluster.
# Arguments are passed on: tests/sanity/run.sh --test validate-modules
set -euo pipefail
cd "$(dirname "$0")/../.."

# Outside of the checkout, or ansible-test would ask git about files that git ignores.
scratch=$(mktemp -d)
copy=$scratch/ansible_collections/halab/cluster
remove=("$scratch")
trap 'rm -rf "${remove[@]}"' EXIT
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# ansible-test downloads get-pip.py for the virtual environments that it makes. Offline, a stand-in takes its place for
# this run, where ansible-test looks for an earlier download.
pip=24.2 # the one that the ansible-core of requirements.txt asks for
get_pip=~/.ansible/test/cache/get_pip_${pip//./_}.py
site=https://ci-files.testing.ansible.com/ansible-test/get-pip-$pip.py
if [ ! -e "$get_pip" ] && ! python -c "import urllib.request; urllib.request.urlopen('$site', timeout=10)" 2>/dev/null; then
  mkdir -p "$(dirname "$get_pip")"
  cp tests/sanity/get_pip_offline.py "$get_pip"
  remove+=("$get_pip")
fi

mkdir -p "$copy"
# What git tracks and what it would track: neither caches nor build results. Deleted files are still listed, hence the test.
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' path; do [ ! -e "$path" ] || printf '%s\0' "$path"; done |
  tar --create --null --files-from=- | tar --extract --directory "$copy"

cd "$copy"
ansible-test sanity --python "$version" --color no "$@"
