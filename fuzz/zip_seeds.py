#!/usr/bin/env python3
"""Packs a folder of seeds for a fuzzing service: zip_seeds.py FOLDER FILE.zip

The bytes of the archive depend only on the names and contents of the seeds, not on the order, owner or time of the
files.
"""
import sys
import zipfile
from pathlib import Path


def pack(folder, archive):
    seeds = sorted(path for path in Path(folder).iterdir() if path.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for seed in seeds:
            entry = zipfile.ZipInfo(seed.name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, on every system
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, seed.read_bytes())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pack(sys.argv[1], sys.argv[2])
