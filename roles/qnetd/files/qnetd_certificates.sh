# shellcheck shell=sh
# Makes the certificates of corosync-qnetd anew, in the database $1, and leaves them as Debian's package does.
rm -rf "$1"
corosync-qnetd-certutil -i -G
chgrp coroqnetd "$1" "$1/cert9.db" "$1/key4.db"
chmod 0640 "$1/serial.txt" "$1/noise.txt" "$1/pwdfile.txt"
certutil -V -u V -d "$1" -n 'QNetd Cert'
# One that ran with others goes on with these.
systemctl try-restart corosync-qnetd
