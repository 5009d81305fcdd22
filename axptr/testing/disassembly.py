"""Reads the output of objdump (binutils or LLVM) for an object or a program."""

import re
import subprocess
import sys

NOTHING = re.compile(r"(data16|cs )?\s*(nop|xchg\s+%ax,%ax)|data16")


def disassembly_of(objdump, path):
    """Maps the name of each function to its instructions, each an address and a text. Relocations have address None."""
    listing = subprocess.run([objdump, "--disassemble", "--reloc", "--no-show-raw-insn", path],
                             capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        sys.exit(f"{objdump} cannot read {path}: {listing.stderr}")
    functions = {}
    lines = None
    for line in listing.stdout.split("\n"):
        if start := re.match(r"^[0-9a-f]+ <(.+)>:$", line):
            if start.group(1).startswith(".L"):  # a label in the midst of a function
                continue
            lines = functions.setdefault(start.group(1), [])
        elif lines is not None and (code := re.match(r"^\s*([0-9a-f]+):\s+(.*)$", line)):
            text = code.group(2).strip()
            if text and not NOTHING.match(text):
                address = None if re.match(r"R_\w+", text) else int(code.group(1), 16)
                lines.append((address, text))
    return functions


def functions_of(objdump, path):
    """The instructions and relocations of each function of the object, by its name, without comments."""
    stripped = {}
    for name, lines in disassembly_of(objdump, path).items():
        texts = (re.sub(r"\s+(# |//|<).*$", "", text).strip() for _, text in lines)
        stripped[name] = [text for text in texts if text]
    return stripped
