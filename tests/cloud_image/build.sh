#!/usr/bin/env bash
# build.sh RELEASE OUT [MIRROR]: OUT, a qcow2 of Debian with cloud-init that boots from BIOS, as a user of role lab might bring one
# along. An OUT that is younger than this file is left as it is. MIRROR as lab_mirror: without one, Debian's own default.
set -euo pipefail
release=$1 out=$2 mirror=${3:-}
declare -A suites=([debian12]=bookworm [debian13]=trixie)
suite=${suites[$release]}

if [ "$out" -nt "$0" ]; then exit; fi
# The folder is the user's; what follows is root's.
mkdir -p "${out%/*}"
if [ "$(id -u)" != 0 ]; then exec sudo "$0" "$@"; fi

if ! which mmdebstrap mke2fs sfdisk qemu-img >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    mmdebstrap debian-archive-keyring e2fsprogs fdisk qemu-utils
fi

work=$(mktemp --directory "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root disk=$work/disk

# What Debian's own images for clouds have, as far as it says something here: a stock kernel and initial file system, names of
# cards by their slots, netplan, udev, no key and no identity. GRUB comes from the image, so this machine needs none.
packages=linux-image-cloud-amd64,initramfs-tools,grub-pc-bin,systemd-sysv,udev,dbus,kmod,netplan.io,iproute2,cloud-init
packages+=,openssh-server,sudo,python3,e2fsprogs
excluded=()
for kind in doc man locale info; do excluded+=("--dpkgopt=path-exclude=/usr/share/$kind/*"); done
mmdebstrap --variant=minbase --format=directory --include="$packages" "${excluded[@]}" "$suite" "$root" ${mirror:+"$mirror"}
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/resolv.conf"
: >"$root/etc/machine-id"
# Without one, cloud-init of Debian 12 asks for en_US.UTF-8, which nobody has made.
echo LANG=C.UTF-8 >"$root/etc/default/locale"
echo 'LABEL=root / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"

mkdir -p "$root/boot/grub"
cat >"$root/boot/grub/grub.cfg" <<'CFG'
serial --unit=0 --speed=115200
terminal_output serial
linux /vmlinuz root=LABEL=root ro console=ttyS0,115200
initrd /initrd.img
boot
CFG
# Whatever disk it was started from.
chroot "$root" grub-mkimage -O i386-pc -o /boot/grub/core.img -p '(,msdos1)/boot/grub' \
  biosdisk part_msdos ext2 linux normal configfile search ls boot serial terminal

# The partition begins at 1 MiB. In front of it, as boot.img and core.img expect each other by default: the first sector loads
# the second, which loads the rest. GRUB of Debian 12 does not read what newer mke2fs switch on.
truncate --size=2G "$disk"
mke2fs -q -t ext4 -O ^metadata_csum_seed -L root -d "$root" -E offset=$((1024 * 1024)) "$disk" 2047M
sfdisk --quiet --wipe-partitions=never "$disk" <<'TABLE'
label: dos
start=2048, type=83, bootable
TABLE
dd if="$root/usr/lib/grub/i386-pc/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$root/boot/grub/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none

qemu-img convert -f raw -O qcow2 -c "$disk" "$work/image"
# VMs run as the user, who may not be root.
chmod 0644 "$work/image"
mv "$work/image" "$out"
