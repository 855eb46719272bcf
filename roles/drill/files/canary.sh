#!/bin/sh
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# canary.sh there|gone: a package that does nothing, installed in version 1.0, with 1.1 in a directory that apt knows as a
# source. That is an update that needs no network.
set -eu
folder=/var/lib/halab-canary list=/etc/apt/sources.list.d/halab-canary.list

if [ "$1" = gone ]; then
    dpkg --purge halab-canary
    rm -rf "$folder" "$list" /var/lib/apt/lists/*halab-canary*
    exit
fi

rm -rf "$folder"
for version in 1.0 1.1; do
    mkdir -p "$folder/$version/DEBIAN"
    cat > "$folder/$version/DEBIAN/control" <<END
Package: halab-canary
Version: $version
Architecture: all
Maintainer: halab.cluster contributors <halab@example.org>
Description: shows that packages are updated
END
    dpkg-deb --root-owner-group --build "$folder/$version" "$folder/halab-canary_${version}_all.deb"
done
dpkg --install "$folder/halab-canary_1.0_all.deb"
cd "$folder"
{
    dpkg-deb --field halab-canary_1.1_all.deb
    echo "Filename: ./halab-canary_1.1_all.deb"
    echo "Size: $(stat --format=%s halab-canary_1.1_all.deb)"
    echo "SHA256: $(sha256sum halab-canary_1.1_all.deb | cut -d ' ' -f 1)"
} > Packages
echo "deb [trusted=yes] file:$folder ./" > "$list"
# The other sources may be out of reach, and their lists stay as they are.
apt-get -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 update
