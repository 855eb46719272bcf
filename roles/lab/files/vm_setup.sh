#!/bin/sh
# Run by mmdebstrap with the new root file system as $1, after image_setup.sh: what a machine with a kernel of its own has and
# a container has not.
set -eu
root=$1
# The devices are found by udev here; a container has those of its engine.
rm -f "$root/etc/systemd/system/systemd-udevd.service" "$root/etc/systemd/system/systemd-udev-trigger.service"
chroot "$root" systemctl enable systemd-networkd
# Ruby alone doubles the time of a boot under software emulation, and pcs starts it when it needs it.
chroot "$root" systemctl disable pcsd-ruby
# The lab's seed, which a container has mounted by its engine, and the addresses of this one node's cards.
mkdir -p "$root/var/lib/lab/seed"
printf '%s 9p trans=virtio,ro,version=9p2000.L,x-systemd.before=%s 0 0\n' 'seed /var/lib/lab/seed' ssh.service \
  'network /run/systemd/network' systemd-networkd.service >"$root/etc/fstab"
# /dev/NAME for every disk that has a name, as in a container.
cat >"$root/etc/udev/rules.d/60-lab.rules" <<'EOF'
SUBSYSTEM=="block", KERNEL=="vd*[a-z]", ATTR{serial}=="?*", SYMLINK+="$attr{serial}"
EOF
# What it takes to find the root, and no more: this is loaded at every boot.
printf '%s\n' virtio_pci virtio_blk ext4 crc32c_generic >"$root/etc/initramfs-tools/modules"
printf 'MODULES=list\nBUSYBOX=auto\nCOMPRESS=lz4\n' >"$root/etc/initramfs-tools/conf.d/lab"
# Arrays are assembled later, by what the node itself has to say about their names: mdadm.conf may change, and this cannot,
# since the machine boots from a copy of it.
chmod a-x "$root/usr/share/initramfs-tools/hooks/mdadm"
chroot "$root" update-initramfs -u
chmod a+x "$root/usr/share/initramfs-tools/hooks/mdadm"
# Nobody would boot from another one, and it takes minutes to make it under software emulation.
sed -i 's/^update_initramfs=.*/update_initramfs=no/' "$root/etc/initramfs-tools/update-initramfs.conf"
