#!/usr/bin/env bash
# Uses the library like another project: check.sh WORK_FOLDER WAY [COMPILER [BUILD]]
#
# WAY: `installed` installs the library into WORK_FOLDER/prefix, with Abseil, GoogleTest and JSON hidden. The
# other ways build the project in this folder with the installed library or from the sources, run it, and compare
# the version that it prints. `sim_component` also installs the simulator from BUILD, and runs a subject.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$1
way=$2
compiler=${3:-}
prefix=$work/prefix
build=$work/$way-$(basename "${compiler:-none}")
version=$("$root/package/version.sh")
unset PKG_CONFIG_PATH CMAKE_PREFIX_PATH
export PKG_CONFIG_PATH=$prefix/share/pkgconfig

installed() {
  local wanted found
  rm -rf "$prefix" "$work/library"
  cmake -S "$root" -B "$work/library" -DAXPTR_LIBRARY_ONLY=ON -DCMAKE_DISABLE_FIND_PACKAGE_absl=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON
  cmake --install "$work/library" --prefix "$prefix"
  # Only the headers, and the files with which other projects find them, may be installed.
  wanted=$({
    (cd "$root" && printf 'include/%s\n' axptr/*.h)
    printf 'share/%s\n' cmake/axptr/axptr-{config,config-version,targets}.cmake pkgconfig/axptr.pc
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
# The same for an installation by meson.
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

# The packages of the stand-ins for package managers have exactly the headers that the library installs.
same_headers() { diff <(cd "$prefix/include" && find . -type f | sort) <(cd "$1/include" && find . -type f | sort); }
vcpkg() {
  cmake -DPORT="$root/package/vcpkg/axptr" -DINTO="$work/vcpkg" -P "$root/package/vcpkg/stand_in.cmake"
  same_headers "$work/vcpkg"
  [[ $(<"$work/vcpkg/version") == "$version" ]] || { echo "vcpkg.json has another version" && exit 1; }
  by_cmake -DCMAKE_PREFIX_PATH="$work/vcpkg"
}
conan() {
  local said flags
  said=$("$root/package/conan/check_recipe.py" "$work/conan")
  same_headers "$work/conan"
  [[ ${said%% *} == "$version" ]] || { echo "the recipe has the version ${said%% *}" && exit 1; }
  read -ra flags <<<"${said#* }"
  mkdir -p "$build"
  "$compiler" -std=c++23 "${flags[@]}" "$here/main.cc" -o "$build/consumer"
}

# find_package reports a component that is not installed. The installed component runs a subject in C.
sim_component() {
  local own=$work/prefix-sim output
  rm -rf "$own"
  cp -r "$prefix" "$own"
  configure_subject() {
    rm -rf "$build"
    cmake -G Ninja -S "$here/subject" -B "$build" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$own" \
      -DSUBJECT="$root/sim/subject/testing/lender.c" -DSCENARIO="$root/sim/subject/testing/get.scn" 2>&1
  }
  output=$(configure_subject) && { echo "found without the component" && exit 1; }
  grep -q 'the component sim of axptr is not' <<<"$output" || { echo "$output" && exit 1; }
  cmake --install "$1" --component sim --prefix "$own"
  configure_subject
  cmake --build "$build"
  ctest --test-dir "$build" --no-tests=error --output-on-failure
}

rm -rf "$build"
mkdir -p "$work"
case $way in
  installed)
    installed
    exit
    ;;
  sim_component)
    sim_component "$4"
    exit
    ;;
  meson) meson_installed ;;
  *) "$way" ;;
esac
printed=$("$build/consumer")
[[ $printed == "$version" ]] || { echo "printed $printed; expected $version" && exit 1; }
