#!/bin/sh
# vm_image.sh TARBALL OUT: of the root file system in TARBALL, OUT.raw to boot from, with OUT.vmlinuz and OUT.initrd beside it.
set -eu
tarball=$1 out=$2
work=$(mktemp --directory "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
tar --extract --file "$tarball" --directory "$work" --numeric-owner --xattrs --xattrs-include='*'
cp --dereference "$work/vmlinuz" "$out.vmlinuz"
cp --dereference "$work/initrd.img" "$out.initrd"
# Sparse: what is not used takes no room.
mke2fs -q -t ext4 -L root -d "$work" "$out.raw.part" 8G
mv "$out.raw.part" "$out.raw"
