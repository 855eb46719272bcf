#!/bin/sh
# vm_initrd.sh INITRD SEED RUN OUT: INITRD with what only one node is told behind it, as OUT: the lab's SEED, and what it finds
# below /run. The kernel unpacks both. Says "changed" when OUT has become another.
set -eu
initrd=$1 seed=$2 run=$3 out=$4
work=$(mktemp --directory "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/lab"
cp --recursive "$seed" "$work/lab/seed"
cp --recursive "$run" "$work/lab/run"
# The same content is the same file.
find "$work" -exec touch --date=@0 {} +
cp "$initrd" "$out.part"
(cd "$work" && find . | sort | cpio --quiet --create --format=newc --owner=0:0 --reproducible) >>"$out.part"
if cmp --silent "$out.part" "$out"; then
  rm "$out.part"
else
  mv "$out.part" "$out"
  echo changed
fi
