#!/bin/sh
# libvirt.sh start|stop: libvirt's daemons, by systemd where it runs, by hand elsewhere. Says "changed" when it did something.
# Only what was started here is stopped, and only when no lab's VM is left.
set -eu
mark=/run/halab-libvirt
case $1 in
  start)
    virsh --quiet list >/dev/null 2>&1 && exit
    if [ -d /run/systemd/system ]; then
      systemctl start libvirtd
    else
      # Where /dev/kvm lets root in but not libvirt's own user, libvirt finds what it knows of QEMU outdated each time it looks,
      # and asks QEMU again: for minutes. So both are root, in a configuration that only these daemons see.
      printf 'user = "root"\ngroup = "root"\n' >$mark
      unshare --mount --propagation slave sh -euc "mount --bind $mark /etc/libvirt/qemu.conf; virtlogd --daemon; libvirtd --daemon"
    fi
    echo changed
    ;;
  stop)
    [ -e $mark ] || exit 0
    if virsh --quiet list --all --name | grep -q '^halab-'; then exit; fi
    kill "$(cat /run/libvirtd.pid)" "$(cat /run/virtlogd.pid)"
    rm $mark
    echo changed
    ;;
esac
