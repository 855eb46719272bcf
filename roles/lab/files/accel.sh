#!/bin/sh
# accel.sh KERNEL ANSWER: which accelerator boots a stock kernel here, kvm or tcg; kept in the file ANSWER.
#
# That /dev/kvm exists proves nothing: some of them run special guests only, and a stock kernel hangs in them for ever. So one
# is booted, without a disk: it has to come as far as missing its root, and its panic ends the trial.
set -eu
kernel=$1 answer=$2
if ! [ -w /dev/kvm ]; then
  echo "tcg: there is no /dev/kvm that can be written to" >"$answer"
elif timeout --signal=KILL 20 qemu-system-x86_64 -accel kvm -cpu host -machine q35 -m 256 -nodefaults -display none -no-reboot \
    -serial stdio -kernel "$kernel" -append "console=ttyS0 panic=-1" </dev/null 2>&1 | grep -q "Kernel panic.*root"; then
  echo "kvm: a kernel booted" >"$answer"
else
  echo "tcg: /dev/kvm is there, but a stock kernel did not boot under it within 20 s" >"$answer"
fi
