#!/bin/sh
# Prints the version in axptr/version.h, as 1.2.3: for meson.build and the scripts here.
here=$(dirname "$0")
sed -n 's/^#define AXPTR_VERSION_[A-Z]* //p' "$here/../axptr/version.h" | paste -s -d .
