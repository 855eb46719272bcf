#!/bin/sh
# vm_image.sh TARBALL INIT OUT: of the root file system in TARBALL, OUT.raw to boot from, with OUT.vmlinuz and OUT.initrd beside
# it. INIT is the first process.
set -eu
tarball=$1 init=$2 out=$3
work=$(mktemp --directory "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root initial=$work/initial
mkdir "$root"
tar --extract --file "$tarball" --directory "$root" --numeric-owner --xattrs --xattrs-include='*'
cp --dereference "$root/vmlinuz" "$out.vmlinuz"

mkdir -p "$initial/bin" "$initial/modules" "$initial/proc" "$initial/sys" "$initial/dev" "$initial/run" "$initial/root"
install --mode=755 "$init" "$initial/init"
cp "$root/bin/busybox" "$initial/bin"
for program in sh mount insmod mkdir cp switch_root dmesg grep cat umount reboot rm; do ln -s busybox "$initial/bin/$program"; done
# What it takes to find the root, in the order in which it is loaded; and the drivers of further disks and of cards, which are
# looked for while the system starts, instead of half a minute later by udev.
number=10
chroot "$root" modprobe --show-depends --all --set-version "$(ls "$root/lib/modules")" virtio_pci virtio_blk ext4 \
  virtio_scsi sd_mod virtio_net |
  # Two may need the same one.
  awk '!seen[$0]++' |
  while read -r verb module; do
    [ "$verb" = insmod ] || continue
    name=$initial/modules/$number-${module##*/}
    case $module in
      *.xz) xz --decompress --stdout "$root$module" >"${name%.xz}" ;;
      *) cp "$root$module" "$name" ;;
    esac
    number=$((number + 1))
  done
# Not compressed: that would have to be undone at every boot.
(cd "$initial" && find . | cpio --quiet --create --format=newc --owner=0:0) >"$out.initrd"

# Sparse: what is not used takes no room.
mke2fs -q -t ext4 -L root -d "$root" "$out.raw.part" 8G
mv "$out.raw.part" "$out.raw"
