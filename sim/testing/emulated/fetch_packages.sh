#!/usr/bin/env bash
# usage: fetch_packages.sh FOLDER
#
# Unpacks into FOLDER/root the libraries that axsim needs on aarch64: Debian's packages for arm64, from the
# package sources of this computer. Installs nothing: the list of packages for arm64 is kept in FOLDER, and the
# architectures of the computer do not change. Libraries that were unpacked before are kept.
# Exit status: 0 the libraries are in FOLDER/root; 1 not, with a message.
set -euo pipefail

packages=(libabsl-dev libabsl20220623 libgtest-dev libgmock-dev nlohmann-json3-dev)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[[ ! -e $folder/complete ]] || exit 0

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "no $tool here" >&2 && exit 1; }
done
rm -rf "$folder/root"
mkdir -p "$folder/root" "$folder/debs" "$folder/state/lists/partial" "$folder/cache/archives/partial"
: >"$folder/state/status"
options=(-q -o "Dir::State=$folder/state" -o "Dir::State::status=$folder/state/status"
  -o "Dir::Cache=$folder/cache" -o APT::Architecture=arm64 -o APT::Architectures::=arm64)
# As root, apt downloads as the user _apt, which may not write to FOLDER.
((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
if ! { apt-get "${options[@]}" update &&
  cd "$folder/debs" && apt-get "${options[@]}" download "${packages[@]}"; } >"$folder/log" 2>&1; then
  echo "cannot download: ${packages[*]} (arm64); see $folder/log" >&2
  exit 1
fi
for package in "$folder"/debs/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
touch "$folder/complete"
