#!/bin/sh
# The podman of this machine's labs.
#
# Where cgroups are mounted as v1 or as a mixture, crun refuses to start systemd in a container. Then all calls are made
# in one mount namespace of their own in which /sys/fs/cgroup is plain v2; the machine itself keeps what it has. It must
# be one namespace for all calls: the engine's mounts of a container that was killed live in it until it starts again.
set -eu
run=/run/halab
if [ "$(stat --file-system --format=%T /sys/fs/cgroup)" = cgroup2fs ]; then
  exec podman "$@"
fi
if ! [ -e $run/mounts ] || ! nsenter --mount=$run/mounts true 2>/dev/null; then
  mkdir -p $run
  # A namespace can be kept in a file only below a private mount.
  mountpoint -q $run || { mount --bind $run $run; mount --make-private $run; }
  : > $run/mounts
  unshare --mount=$run/mounts --propagation slave sh -euc \
    'umount --recursive /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup'
fi
exec nsenter --mount=$run/mounts --wdns="$PWD" podman "$@"
