#!/usr/bin/env bash
# What has to be there before the container: the image, and the collection as an artifact, installed by itself.
set -euo pipefail
cd "$(dirname "$0")/../.."

ANSIBLE_COLLECTIONS_PATH=.cache/collections ansible-playbook -i inventories/failover -e "lab_os=${HALAB_OS:-debian13}" \
  playbooks/lab_image.yml
rm -rf build/reuse
mkdir -p build/reuse
# The lab's engine runs as root; Ansible's connection to a container would call it as whoever runs this.
printf '#!/bin/sh\nexec %s %s "$@"\n' "$([ "$(id -u)" = 0 ] || echo sudo -n)" "$HOME/.cache/halab/podman" >build/reuse/podman
chmod +x build/reuse/podman
ansible-galaxy collection build --force --output-path build/reuse .
# Told where to look, or it would find the checkout and install nothing.
ANSIBLE_COLLECTIONS_PATH=build/reuse ansible-galaxy collection install --offline --no-deps -p build/reuse \
  build/reuse/halab-cluster-*.tar.gz
