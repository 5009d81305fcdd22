#!/usr/bin/env python3
"""Checks every #include line of the tree against a table of layers ("floors"): a file includes only its own
layer and listed lower ones. Messages call an #include line an arrow.

    check_includes.py ROOT TABLE

TABLE begins with a line `folders NAME...`, the folders of ROOT whose C and C++ files are checked, and may
have lines `ignore PATTERN...`. Floors follow, the lowest first:

    floor NAME
      files PATTERN...      its files
      sees NAME|FILE...     what they may include of the tree: floors above this line, itself, single files
      external NAME...      allowed other libraries, by the first folder of a header; default: any
      standard NAME|FILE... allowed headers of the language, or a README whose table lists them as `<name>`;
                            default: any. A header that a README lists and no file includes is a mistake
      macro NAME...         macros that are allowed after #include

In a pattern, * matches a part of one name, ** any number of folders. A file belongs to the floor that has its
full name, otherwise to the last floor with a matching pattern. Mistakes: a file without a floor; a header that
does not exist; an include of a floor that is not listed; headers that include each other in a circle; a name or
pattern from which no file takes its floor, because later floors take them all. Each is printed with file:line. Exit status: 0 no mistake; 1 mistakes; 2 the table is wrong.
"""

import functools
import pathlib
import re
import sys

SUFFIXES = {".h", ".c", ".cc", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include(?:_next)?\s+(?:"([^"]+)"|<([^>]+)>|(\w+))')
ATTRIBUTES = ("files", "sees", "external", "standard", "macro")


class Floor:
    def __init__(self, name):
        self.name = name
        self.files, self.sees, self.macro = [], [], []
        self.external = self.standard = None


def bad_table(place, message):
    print(f"{place}: {message}")
    sys.exit(2)


@functools.cache
def regex_of(pattern):
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))


def read_table(path):
    """The folders, the patterns to ignore, and the floors of the table."""
    folders, ignore, floors = [], [], []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        place = f"{path}:{number}"
        if not words:
            continue
        key, values = words[0], words[1:]
        if key == "folders":
            folders += values
        elif key == "ignore":
            ignore += values
        elif key == "floor":
            if len(values) != 1 or values[0] in [floor.name for floor in floors]:
                bad_table(place, "expected `floor NAME` with a new name")
            floors.append(Floor(values[0]))
        elif key in ATTRIBUTES and floors:
            setattr(floors[-1], key, (getattr(floors[-1], key) or []) + values)
        else:
            bad_table(place, f"{key}: expected folders, ignore, floor, or one of {', '.join(ATTRIBUTES)}")
        if key == "sees":
            known = [floor.name for floor in floors]
            for value in values:
                if "/" not in value and value not in known:
                    bad_table(place, f"{floors[-1].name} sees {value}, which is no floor above this line: "
                                     "arrows go down only")
    return folders, ignore, floors


def floor_of(file, floors):
    """The floor of `file`, and those of the floor's patterns that match it."""
    found = None, []
    for floor in floors:
        if file in floor.files:
            return floor, [file]
        matching = [pattern for pattern in floor.files if regex_of(pattern).fullmatch(file)]
        if matching:
            found = floor, matching
    return found


class Tree:
    def __init__(self, root, folders, ignore, floors):
        self.root, self.floors = root, floors
        self.mistakes = []
        self.arrows = {}  # file: [(line, included file)]
        self.used_standard = {}  # README: those of its headers that a file includes
        files = [path for folder in folders for path in sorted((root / folder).rglob("*"))
                 if path.suffix in SUFFIXES and path.is_file()]
        names = [path.relative_to(root).as_posix() for path in files]
        self.files = [name for name in names if not any(regex_of(one).fullmatch(name) for one in ignore)]
        self.floor = {}
        self.used_patterns = set()  # (floor, pattern)
        for name in self.files:
            floor, patterns = floor_of(name, floors)
            self.floor[name] = floor
            self.used_patterns.update((floor.name, pattern) for pattern in patterns)

    def mistake(self, file, line, message):
        self.mistakes.append(f"{file}:{line}: {message}")

    @functools.cache
    def headers_of_readme(self, readme):
        text = (self.root / readme).read_text()
        return re.findall(r"^\| `<([a-z_.]+)>` \|", text, re.MULTILINE)

    def may_see_standard(self, floor, name):
        for entry in floor.standard:
            if not entry.endswith(".md"):
                if entry == name:
                    return True
            elif name in self.headers_of_readme(entry):
                self.used_standard.setdefault(entry, set()).add(name)
                return True
        return False

    def check_line(self, file, number, match):
        floor = self.floor[file]
        quoted, angled, macro = match.groups()
        if macro:
            if macro not in floor.macro:
                self.mistake(file, number, f"includes what {macro} stands for; floor {floor.name} may not")
            return
        name = quoted or angled
        if name in self.floor:
            self.arrows[file].append((number, name))
            target = self.floor[name]
            if target is None or target.name in floor.sees or name in floor.sees:
                return
            self.mistake(file, number, f"includes {name} of floor {target.name}; floor {floor.name} sees "
                                       f"{', '.join(floor.sees) or 'nothing of ours'}")
        elif "/" in name and not name.startswith("sys/"):
            library = name.split("/")[0]
            if (self.root / library).is_dir():
                self.mistake(file, number, f"includes {name}, which is not there")
            elif floor.external is not None and library not in floor.external:
                self.mistake(file, number, f"includes {name}; floor {floor.name} sees no other library but "
                                           f"{', '.join(floor.external) or 'none'}")
        elif quoted:
            self.mistake(file, number, f"includes {name}; a header is named by its path from the root")
        elif floor.standard is not None and not self.may_see_standard(floor, name):
            self.mistake(file, number, f"includes <{name}>; floor {floor.name} sees only "
                                       f"{', '.join(floor.standard) or 'no header of the language'}")

    def check_lines(self):
        for file in self.files:
            self.arrows[file] = []
            if self.floor[file] is None:
                self.mistake(file, 1, "belongs to no floor")
                continue
            for number, line in enumerate((self.root / file).read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if match:
                    self.check_line(file, number, match)

    def check_readmes(self):
        for readme in {entry for floor in self.floors for entry in floor.standard or []
                       if entry.endswith(".md")}:
            for name in self.headers_of_readme(readme):
                if name not in self.used_standard.get(readme, set()):
                    self.mistake(readme, 1, f"lists <{name}>, which no file includes")

    def check_patterns(self, table):
        for floor in self.floors:
            for pattern in floor.files:
                if (floor.name, pattern) not in self.used_patterns:
                    self.mistake(table, 1, f"no file has floor {floor.name} by {pattern}")

    def check_circles(self):
        done, path = set(), []

        def visit(file):
            path.append(file)
            for number, target in self.arrows[file]:
                if target in path:
                    circle = path[path.index(target):] + [target]
                    self.mistake(file, number, f"closes a circle: {' -> '.join(circle)}")
                elif target not in done:
                    visit(target)
            path.pop()
            done.add(file)

        for file in self.files:
            if file not in done:
                visit(file)


def main():
    if len(sys.argv) != 3:
        print("usage: check_includes.py ROOT TABLE", file=sys.stderr)
        return 2
    root, table = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    tree = Tree(root, *read_table(table))
    tree.check_lines()
    tree.check_readmes()
    tree.check_patterns(table.name)
    tree.check_circles()
    lines = sum(len(arrows) for arrows in tree.arrows.values())
    for mistake in tree.mistakes:
        print(mistake)
    print(f"{len(tree.files)} files, {lines} arrows, {len(tree.mistakes)} mistakes")
    if not tree.files or lines == 0:
        bad_table(table, "finds no file, or no arrow")
    return 1 if tree.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
