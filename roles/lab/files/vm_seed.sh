#!/bin/sh
# vm_seed.sh FOLDER OUT: what is in FOLDER, as the disk OUT that cloud-init looks for. Says "changed" when it had to be made.
set -eu
folder=$1 out=$2
if [ -e "$out" ] && [ -z "$(find "$folder" -newer "$out")" ]; then exit; fi
genisoimage -quiet -output "$out.part" -volid cidata -joliet -rational-rock "$folder"
# It holds the node's own SSH key.
chmod 600 "$out.part"
mv "$out.part" "$out"
echo changed
