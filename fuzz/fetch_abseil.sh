#!/usr/bin/env bash
# usage: fetch_abseil.sh FOLDER
#
# Unpacks into FOLDER/abseil-cpp the sources of Abseil that Debian's package is made of, from where this
# computer has its packages. Nothing is installed. What was unpacked before is kept.
# Exit status: 0 it is there; 1 not, and the reason was said.
set -euo pipefail

mkdir -p "$1"
folder=$(cd "$1" && pwd)
[[ ! -e $folder/abseil-cpp/CMakeLists.txt ]] || exit 0

# apt has to know where sources are: as for packages, in a list of its own.
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/lists/partial"
cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null |
  sed -n -e 's/^deb /deb-src /p' >"$state/sources.list" || true
if [[ -e /etc/apt/sources.list.d/debian.sources ]]; then
  sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$state/debian.sources"
fi
options=(-q -o "Dir::State::lists=$state/lists" -o "Dir::Etc::sourcelist=$state/sources.list"
  -o "Dir::Etc::sourceparts=$state" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=")
# The user that root hands downloads to may not write here.
((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
if ! { apt-get "${options[@]}" update &&
  cd "$folder" && apt-get "${options[@]}" source --download-only --tar-only abseil; } >"$folder/log" 2>&1; then
  echo "cannot download the sources of abseil; see $folder/log" >&2
  exit 1
fi
rm -rf "$folder/unpacked"
mkdir "$folder/unpacked"
tar -xzf "$folder"/abseil_*.orig.tar.gz -C "$folder/unpacked"
mv "$folder"/unpacked/abseil-* "$folder/abseil-cpp"
