#!/usr/bin/env python3
"""Writes several files of tests as one file, which compiles in a quarter of the time (axptr_test in the root CMakeLists.txt).

    join_tests.py OUTPUT ROOT FILE...

FILE... are the *_test.cc files of one program, by their paths from ROOT. Tests use the same names in different files. So
each unnamed namespace of a FILE gets a namespace inside that is named after the FILE, and each macro of a FILE ends
with it. Messages of the compiler, and of tests that fail, name the line of the FILE.
Exit status: 0 written; 1 a FILE cannot be joined, or two have the same name; 2 the arguments are wrong.
"""

import pathlib
import re
import sys

BEGIN = re.compile(r"^namespace \{$", re.M)
END = re.compile(r"^\}  // namespace$", re.M)
MACRO = re.compile(r"^# *define +(\w+)", re.M)


def part(root, name):
    """What stands for a file in the joined one."""
    path = pathlib.Path(root, name)
    text = path.read_text(encoding="utf-8")
    begins, ends = len(BEGIN.findall(text)), len(END.findall(text))
    if begins != ends:
        raise ValueError(f'{name}: {begins} lines "namespace {{", {ends} lines "}}  // namespace"')
    text = BEGIN.sub(f"namespace {{ namespace {path.stem} {{", text)
    text = END.sub("} }  // namespace", text)
    ended = "".join(f"#undef {macro}\n" for macro in dict.fromkeys(MACRO.findall(text)))
    return f'#line 1 "{path}"\n{text}\n{ended}'


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    output, root, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    stems = [pathlib.Path(name).stem for name in names]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        print(f"join_tests.py: two files are named {twice[0]}.cc", file=sys.stderr)
        return 1
    try:
        parts = [part(root, name) for name in names]
    except (OSError, ValueError) as error:
        print(f"join_tests.py: {error}", file=sys.stderr)
        return 1
    pathlib.Path(output).write_text("".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
