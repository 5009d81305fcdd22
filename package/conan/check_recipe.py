#!/usr/bin/env python3
"""Runs the recipe like Conan 2, but without Conan: check_recipe.py INTO

The functions that the recipe imports do here what Conan's manual says of them; another one is an error. INTO is then
the package. Prints the version, and the flags of a consumer.
"""

import fnmatch
import importlib.util
import os
import shutil
import sys
import types
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent


def copy(_recipe, pattern, src, dst, excludes=None):
    """Copies the files below src whose path matches; `*` matches slashes, too."""
    src = Path(src).resolve()
    for path in src.rglob("*"):
        name = str(path.relative_to(src))
        if path.is_file() and fnmatch.fnmatch(name, pattern) and not (excludes and fnmatch.fnmatch(name, excludes)):
            (Path(dst) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, Path(dst) / name)


def load(_recipe, path):
    return Path(path).read_text(encoding="utf-8")


class ConanFile:
    """The base class of recipes: the folders of a recipe, and the fields that it may set."""

    def __init__(self, into):
        self.recipe_folder = str(HERE)
        self.export_sources_folder = self.source_folder = str(into) + "-sources"
        self.package_folder = str(into)
        self.info = mock.Mock(spec=["clear"])
        self.cpp_info = mock.Mock(spec=["set_property", "bindirs", "libdirs", "cxxflags"])


def main():
    into = Path(sys.argv[1])
    for folder in (into, Path(f"{into}-sources")):
        shutil.rmtree(folder, ignore_errors=True)
    modules = {name: types.ModuleType(name) for name in ("conan", "conan.tools", "conan.tools.files")}
    modules["conan"].ConanFile = ConanFile
    modules["conan.tools.files"].copy, modules["conan.tools.files"].load = copy, load
    sys.modules.update(modules)
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("recipe", HERE / "conanfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    recipe = module.Axptr(into)
    assert recipe.package_type == "header-library"
    recipe.set_version()
    recipe.export_sources()
    recipe.package()
    recipe.package_id()
    recipe.package_info()
    assert (into / "licenses/LICENSE").exists(), "no licence"
    assert recipe.cpp_info.bindirs == recipe.cpp_info.libdirs == [], "headers alone"
    recipe.info.clear.assert_called_once_with()
    print(recipe.version, *recipe.cpp_info.cxxflags, f"-I{os.path.join(into, 'include')}")


if __name__ == "__main__":
    main()
