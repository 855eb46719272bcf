#!/bin/sh
# Run by mmdebstrap with the new root file system as $1, after image_setup.sh: what a machine with a kernel of its own has and
# a container has not.
set -eu
root=$1
# The devices are found by udev here; a container has those of its engine.
rm -f "$root/etc/systemd/system/systemd-udevd.service" "$root/etc/systemd/system/systemd-udev-trigger.service"
chroot "$root" systemctl enable systemd-networkd
# vm_init.sh mounts the root, and nothing else is to be mounted.
rm -f "$root/etc/fstab"

# The rest is about time: under software emulation every process, every module and every event of a boot costs tenths of a
# second.
chroot "$root" systemctl disable logd systemd-network-generator systemd-pstore
# These wait for a role to tell them what to watch. The target holds all of NUT.
chroot "$root" systemctl disable smartmontools nut.target ipvsadm ldirectord
# Only what is plugged into a lab's VM is looked at: its consoles, sensors and keyboards are not there, or nobody's business.
# Further drivers are loaded when something asks for them, as ever.
mkdir -p "$root/etc/systemd/system/systemd-udev-trigger.service.d"
cat >"$root/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf" <<'CONF'
[Service]
ExecStart=
ExecStart=-udevadm trigger --action=add --subsystem-match=block --subsystem-match=net --subsystem-match=pci \
    --subsystem-match=virtio --subsystem-match=scsi --subsystem-match=platform
CONF
# The chipset's own watchdog would take the name of the one that was asked for.
printf 'blacklist %s\n' iTCO_wdt lpc_ich i2c_i801 pcspkr cfg80211 >"$root/etc/modprobe.d/lab.conf"
# Nobody asks for these at every boot; they can still be started. What changes with an update of the system only has been
# done: this one is not updated.
for unit in dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount \
    sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount systemd-ask-password-console.path systemd-binfmt.service \
    systemd-firstboot.service systemd-hibernate-clear.service systemd-hwdb-update.service ldconfig.service \
    systemd-journal-catalog-update.service systemd-machine-id-commit.service systemd-pcrmachine.service systemd-repart.service \
    systemd-pcrphase-sysinit.service systemd-pcrphase.service systemd-random-seed.service systemd-sysusers.service \
    systemd-tpm2-setup-early.service systemd-tpm2-setup.service systemd-update-done.service systemd-update-utmp.service; do
  rm -f "$root/usr/lib/systemd/system/sysinit.target.wants/$unit"
done
rm -f "$root"/usr/lib/systemd/system/multi-user.target.wants/systemd-logind.service \
  "$root"/usr/lib/systemd/system/multi-user.target.wants/systemd-update-utmp-runlevel.service
for unit in systemd-networkd-persistent-storage.service systemd-udev-load-credentials.service xfs_scrub_all.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
mkdir -p "$root/etc/systemd/system-generators"
for generator in bless-boot cryptsetup debug getty gpt-auto hibernate-resume integritysetup rc-local run ssh system-update tpm2 \
    veritysetup; do
  ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done

# For roles that bring the initial file system up to date: it takes minutes with all drivers. The lab's VMs boot another.
printf '%s\n' virtio_pci virtio_blk ext4 >"$root/etc/initramfs-tools/modules"
printf 'MODULES=list\nBUSYBOX=auto\nCOMPRESS=lz4\n' >"$root/etc/initramfs-tools/conf.d/lab"
# Arrays are assembled later, by what the node itself has to say about their names: mdadm.conf may change, and this cannot,
# since the machine boots from a copy of it.
chmod a-x "$root/usr/share/initramfs-tools/hooks/mdadm"
chroot "$root" update-initramfs -u
chmod a+x "$root/usr/share/initramfs-tools/hooks/mdadm"
# Nobody would boot from another one, and it takes minutes to make it under software emulation.
sed -i 's/^update_initramfs=.*/update_initramfs=no/' "$root/etc/initramfs-tools/update-initramfs.conf"
