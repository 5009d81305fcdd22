#!/usr/bin/env python3
"""Checks libraries whose files are compiled together as one file (axptr_unity in the root CMakeLists.txt).

    check_one_file.py ROOT FILE...

FILE... are the .cc files of one library, by their paths from ROOT. In one file, a name in an unnamed namespace of one
.cc file hides the same name of a header from the code in unnamed namespaces of the files after it. The compiler reports
nothing if both names fit, and those files use the wrong constant or function. So it is a mistake if a .cc file defines a
name in an unnamed namespace that a header also defines, and another FILE includes this header and uses the name.
Names are found by how a formatted file looks: definitions begin at the start of a line.
Exit status: 0 no mistake; 1 mistakes, each printed with file:line; 2 the arguments are wrong.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
UNNAMED = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.M | re.S)
# A definition at the start of a line: a constant or variable, a function, a type.
DEFINITIONS = (
    re.compile(r"^(?:inline |static |thread_local )*(?:constexpr|constinit|const) [^;({=]*?\b([A-Za-z_]\w*)(?:\[\w*\])* *[={;]", re.M),
    re.compile(r"^[A-Za-z_][\w:<>,*& \[\]]*?[ *&]([A-Z]\w*)\([^;]*?\)[^;{]*\{", re.M),
    re.compile(r"^(?:class|struct|enum class|enum|union) ([A-Za-z_]\w*)[^;]*?\{", re.M),
    re.compile(r"^using ([A-Za-z_]\w*) =", re.M),
)


def defined(text):
    """{name: offset} of the names that a text defines at the start of lines."""
    names = {}
    for pattern in DEFINITIONS:
        for match in pattern.finditer(text):
            names.setdefault(match[1], match.start(1))
    return names


def seen_by(root, name, known):
    """All headers that a file includes, also by its headers."""
    if name not in known:
        known[name] = set()  # ends a circle
        path = root / name
        if path.is_file():
            for header in INCLUDE.findall(path.read_text(encoding="utf-8")):
                known[name] |= {header} | seen_by(root, header, known)
    return known[name]


def is_used(name, text):
    # Not as a member, and not in another namespace.
    return re.search(rf"(?<![\w.:>]){name}\b", text) is not None


def without_comments(text):
    return re.sub(r"//(?! namespace)[^\n]*", "", text)


def hidden_by(text):
    """The names that a .cc file defines in its own unnamed namespaces."""
    return set().union(*(defined(block[1]) for block in UNNAMED.finditer(text)))


def mistakes_in(root, files):
    sources = {name: without_comments((root / name).read_text(encoding="utf-8")) for name in files}
    known, headers = {}, {}
    for name in sources:
        for header in seen_by(root, name, known):
            if header not in headers and (root / header).is_file():
                headers[header] = defined(without_comments((root / header).read_text(encoding="utf-8")))
    for name, text in sources.items():
        for block in UNNAMED.finditer(text):
            for hiding, offset in defined(block[1]).items():
                line = text.count("\n", 0, block.start(1) + offset) + 1
                for header, names in headers.items():
                    if hiding not in names:
                        continue
                    users = [other for other in sources if other != name and header in known[other]
                             and is_used(hiding, sources[other]) and hiding not in hidden_by(sources[other])]
                    if users:
                        yield f"{name}:{line}: {hiding} hides that of {header} from {', '.join(users)}"


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        sys.exit(2)
    root = pathlib.Path(sys.argv[1])
    missing = [name for name in sys.argv[2:] if not (root / name).is_file()]
    if missing:
        print(f"{missing[0]}: no file of {root}", file=sys.stderr)
        sys.exit(2)
    mistakes = list(mistakes_in(root, sys.argv[2:]))
    for mistake in mistakes:
        print(mistake)
    print(f"{len(sys.argv) - 2} files, {len(mistakes)} mistakes")
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
