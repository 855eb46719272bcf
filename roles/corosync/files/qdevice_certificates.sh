# shellcheck shell=sh
# The certificates of corosync-qdevice, a step at a time, as corosync-qdevice-net-certutil(8) has it done.
# $1: the step. $2: the name of the cluster. $3: the certificate of the authority. What goes from one host to another
# comes by standard input and leaves by standard output.
umask 077
database=/etc/corosync/qdevice/net/nssdb
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
exec 3>&1 >&2

# Anew, also where the one before was interrupted: the tool would not touch what that has left.
begin() {
    rm -rf "$database"
    printf '%s\n' "$3" > "$folder/ca"
    corosync-qdevice-net-certutil -i -c "$folder/ca"
}

case $1 in
    request)
        begin "$@"
        corosync-qdevice-net-certutil -r -n "$2"
        base64 "$database/qdevice-net-node.crq" >&3
        ;;
    # On the host of the device.
    sign)
        base64 -d > "$folder/crq"
        corosync-qnetd-certutil -s -c "$folder/crq" -n "$2"
        base64 "/etc/corosync/qnetd/nssdb/cluster-$2.crt" >&3
        ;;
    import)
        base64 -d > "$folder/crt"
        corosync-qdevice-net-certutil -M -c "$folder/crt"
        rm "$database/qdevice-net-node.crq" "$database/qdevice-net-node.p12"
        ;;
    export)
        pk12util -d "$database" -o "$folder/p12" -W '' -n 'Cluster Cert'
        base64 "$folder/p12" >&3
        ;;
    join)
        base64 -d > "$folder/p12"
        begin "$@"
        corosync-qdevice-net-certutil -m -c "$folder/p12"
        ;;
esac
