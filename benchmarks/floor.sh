#!/usr/bin/env bash
# floor.sh LAB_DIR NODE=ADDRESS=BMC...: the cluster of topology failover by hand, as fast as plain SSH can: one connection per
# node and step, all nodes at once, nothing checked that need not be. What a run of the playbooks is measured against.
set -euo pipefail
lab=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
password=$(sed 's/ .*//' "$lab/bmc_password")
names=()
for triple in "$@"; do names+=("${triple%%=*}"); done
first=${names[0]}

on() { ssh -F "$lab/ssh_config" -o ControlMaster=auto -o ControlPath="$work/%n" -o ControlPersist=60 "$@"; }

# --- what every node gets ---
mkdir "$work/files"
head -c 256 /dev/urandom >"$work/files/authkey"
{
  printf 'totem {\n version: 2\n cluster_name: floor\n transport: knet\n crypto_cipher: aes256\n crypto_hash: sha256\n'
  printf ' token: 1000\n token_coefficient: 0\n}\nquorum {\n provider: corosync_votequorum\n}\nlogging {\n to_syslog: yes\n}\nnodelist {\n'
  id=0
  for triple in "$@"; do
    IFS='=' read -r name address _ <<<"$triple"
    printf ' node {\n  name: %s\n  nodeid: %d\n  ring0_addr: %s\n }\n' "$name" $((id += 1)) "$address"
    printf '%s %s\n' "$address" "$name" >>"$work/files/hosts"
  done
  printf '}\n'
} >"$work/files/corosync.conf"
cat >"$work/files/default" <<'EOF'
server {
    listen 80 default_server;
    location / { add_header X-Served-By $hostname always; return 200 "$hostname\n"; }
}
EOF
jobs=()
for name in "${names[@]}"; do
  tar -C "$work/files" -cf - . | on "$name" 'set -e; cd /tmp; tar -xf -; cat hosts >>/etc/hosts
    install -m 400 authkey /etc/corosync/authkey; install -m 644 corosync.conf /etc/corosync/corosync.conf
    install -m 644 default /etc/nginx/sites-available/default
    systemctl enable --quiet corosync pacemaker; systemctl start corosync pacemaker' &
  jobs+=("$!")
done
# One by one: wait for all of them at once says nothing of those that failed.
for job in "${jobs[@]}"; do wait "$job"; done

# --- one node speaks for the cluster ---
until on "$first" 'crmadmin --dc_lookup --quiet' >/dev/null 2>&1; do sleep 0.3; done
{
  printf '<resources>\n'
  for triple in "$@"; do
    IFS='=' read -r name _ bmc <<<"$triple"
    printf '<primitive id="f-%s" class="stonith" type="fence_ipmilan"><instance_attributes id="f-%s-i">' "$name" "$name"
    for pair in "ip=$bmc" username=halab "password=$password" lanplus=1 power_wait=0 "pcmk_host_list=$name"; do
      printf '<nvpair id="f-%s-%s" name="%s" value="%s"/>' "$name" "${pair%%=*}" "${pair%%=*}" "${pair#*=}"
    done
    printf '</instance_attributes><operations><op id="f-%s-m" name="monitor" interval="60s"/></operations></primitive>\n' "$name"
  done
  cat <<'EOF'
<group id="web"><primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="vip-i">
<nvpair id="vip-ip" name="ip" value="198.18.0.100"/><nvpair id="vip-len" name="cidr_netmask" value="24"/></instance_attributes>
<operations><op id="vip-m" name="monitor" interval="5s" timeout="20s"/></operations></primitive>
<primitive id="nginx" class="ocf" provider="heartbeat" type="nginx"><operations><op id="nginx-m" name="monitor" interval="3s"
timeout="20s"/></operations></primitive></group></resources>
EOF
} | on "$first" 'cibadmin --replace --scope resources --xml-pipe'
until curl --silent --fail --max-time 1 http://198.18.0.100/ >/dev/null; do sleep 0.1; done
# Settled: nothing is left to be done or still being done.
while on "$first" 'crm_simulate --live-check' | sed '1,/Transition Summary/d' | grep -q '^  \*'; do sleep 0.3; done
on "$first" 'crm_mon --one-shot --inactive' | grep -c Started
