#!/usr/bin/env bash
# Uses the library as another project does: check.sh WORK_FOLDER WAY [COMPILER]
#
# WAY: `installed` installs it into WORK_FOLDER/prefix, with Abseil, GoogleTest and JSON out of sight; the
# others build the project in this folder, by what is installed there or from the sources, run it, and compare
# the version that it prints.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$1
way=$2
compiler=${3:-}
prefix=$work/prefix
build=$work/$way-$compiler
version=$("$root/package/version.sh")
unset PKG_CONFIG_PATH CMAKE_PREFIX_PATH
export PKG_CONFIG_PATH=$prefix/share/pkgconfig

installed() {
  local wanted found
  rm -rf "$prefix" "$work/library"
  cmake -S "$root" -B "$work/library" -DAXPTR_LIBRARY_ONLY=ON -DCMAKE_DISABLE_FIND_PACKAGE_absl=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON
  cmake --install "$work/library" --prefix "$prefix"
  # The headers, and what finds them; nothing else.
  wanted=$({
    (cd "$root" && printf 'include/%s\n' axptr/*.h)
    printf 'share/%s\n' cmake/axptr/axptr-config.cmake cmake/axptr/axptr-config-version.cmake pkgconfig/axptr.pc
  } | sort)
  found=$(cd "$prefix" && find . -type f -printf '%P\n' | sort)
  diff <(echo "$wanted") <(echo "$found")
}

by_cmake() {
  cmake -G Ninja -S "$here" -B "$build" -DCMAKE_CXX_COMPILER="$compiler" "$@"
  cmake --build "$build"
}
find_package() { by_cmake -DCMAKE_PREFIX_PATH="$prefix"; }
subdirectory() { by_cmake -DAXPTR_FROM="$root"; }

pkg_config() {
  [[ $(pkg-config --modversion axptr) == "$version" ]]
  mkdir -p "$build"
  # shellcheck disable=SC2046  # flags
  "$compiler" -std=c++23 $(pkg-config --cflags axptr) "$here/main.cc" -o "$build/consumer"
}

by_meson() {
  CXX=$compiler meson setup "$@"
  meson compile -C "$build"
}
# Installed by meson, too.
meson_installed() {
  local own=$work/prefix-meson-$compiler
  rm -rf "$own" "$build-library"
  CXX=$compiler meson setup "$build-library" "$root" --prefix "$own"
  meson install -C "$build-library"
  diff <(cd "$prefix" && find include -type f | sort) <(cd "$own" && find include -type f | sort)
  PKG_CONFIG_PATH=$own/share/pkgconfig by_meson "$build" "$here" --wrap-mode=nofallback
}
meson_subproject() {
  local copy=$work/subproject-$compiler
  rm -rf "$copy"
  mkdir -p "$copy/subprojects"
  cp "$here/meson.build" "$here/main.cc" "$copy"
  ln -s "$root" "$copy/subprojects/axptr"
  by_meson "$build" "$copy" --wrap-mode=forcefallback
}

rm -rf "$build"
mkdir -p "$work"
case $way in
  installed)
    installed
    exit
    ;;
  meson) meson_installed ;;
  *) "$way" ;;
esac
printed=$("$build/consumer")
[[ $printed == "$version" ]] || { echo "printed $printed; expected $version" && exit 1; }
