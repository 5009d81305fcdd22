#!/usr/bin/env bash
# usage: fetch_abseil.sh FOLDER
#
# Downloads the sources of Debian's package of Abseil from the package source of this computer, and unpacks them
# into FOLDER/abseil-cpp. Installs nothing. Does nothing if FOLDER/abseil-cpp exists already.
# Exit status: 0 the sources are there; 1 they are not, and the reason was printed.
set -euo pipefail

mkdir -p "$1"
folder=$(cd "$1" && pwd)
[[ ! -e $folder/abseil-cpp/CMakeLists.txt ]] || exit 0

# A separate list of apt, which names the source packages of the same servers.
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
# For root, apt downloads as another user, who may not write to this folder.
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
