"""The library for Conan 2: conan create package/conan"""

import os
import re

from conan import ConanFile
from conan.tools.files import copy, load


class Axptr(ConanFile):
    name = "axptr"
    description = "Access to the memory of user programs, for kernels"
    license = "Apache-2.0"
    topics = ("kernel", "user-memory", "header-only")
    package_type = "header-library"
    no_copy_source = True

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "..", "..", "axptr", "version.h"))
        self.version = ".".join(re.findall(r"^#define AXPTR_VERSION_[A-Z]+ (\d+)$", text, flags=re.M))

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("axptr/*.h", "LICENSE"):
            copy(self, pattern, root, self.export_sources_folder, excludes="axptr/*/*")

    def package(self):
        copy(self, "axptr/*.h", self.source_folder, os.path.join(self.package_folder, "include"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        # User memory may be at address 0 (axptr/README.md).
        self.cpp_info.cxxflags = ["-fno-delete-null-pointer-checks"]
        self.cpp_info.set_property("cmake_file_name", "axptr")
        self.cpp_info.set_property("cmake_target_name", "axptr::axptr")
        self.cpp_info.set_property("pkg_config_name", "axptr")
