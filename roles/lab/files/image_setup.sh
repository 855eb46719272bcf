#!/bin/sh
# Run by mmdebstrap with the new root file system as $1: a machine that does nothing until a role tells it to.
set -eu
root=$1
# pcsd-ruby does not end when it is told to: each reboot would wait for it for 90 s. pcs starts it when it needs it.
chroot "$root" systemctl disable corosync pcsd pcsd-ruby nginx haproxy keepalived dnsmasq
# One of them: the packages exclude each other. Debian makes a key, which no two clusters may share.
if [ -e "$root/usr/sbin/pacemakerd" ]; then
  chroot "$root" systemctl disable pacemaker
else
  chroot "$root" systemctl disable pacemaker_remote
fi
rm -f "$root/etc/pacemaker/authkey"
# Not in every image. It is a host's own to make its certificates, and no two may share them.
if [ -e "$root/usr/bin/corosync-qnetd" ]; then
  chroot "$root" systemctl disable corosync-qnetd
  rm -rf "$root/etc/corosync/qnetd/nssdb"
fi
# Only the lab's seed says who may enter and which host this is; the image itself holds no key.
rm -f "$root"/etc/ssh/ssh_host_*
cat > "$root/etc/ssh/sshd_config.d/lab.conf" <<'EOF'
HostKey /var/lib/lab/seed/ssh_host_ed25519_key
AuthorizedKeysFile /var/lib/lab/seed/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UseDNS no
EOF
: > "$root/etc/machine-id"
# Debian's installer writes it, a bare file system of Debian 12 has none.
[ -e "$root/etc/hosts" ] || printf '127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n' > "$root/etc/hosts"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
# Not needed by a machine that is thrown away, and they slow every boot and every task down.
for unit in apt-daily.timer apt-daily-upgrade.timer man-db.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer \
    systemd-udevd.service systemd-udev-trigger.service systemd-timesyncd.service systemd-networkd-wait-online.service \
    e2scrub_reap.service getty.target console-getty.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
