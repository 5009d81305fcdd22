"""The generated mutants of a C++ file (generated_mutants.py): one line changed in one place. A change replaces an
operator, a constant or a condition, or removes a statement."""

import re

# Operators are surrounded by spaces (.clang-format), so template brackets do not match.
OPERATORS = {
    " < ": [" <= "], " <= ": [" < "], " > ": [" >= "], " >= ": [" > "], " == ": [" != "],
    " != ": [" == "], " + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " & ": [" | "],
    " | ": [" & "], " ^ ": [" | "], " << ": [" >> "], " >> ": [" << "], " && ": [" || "],
    " || ": [" && "], " += ": [" = "], " |= ": [" = "], "++": ["--"],
}
NUMBER = re.compile(r"(?<![\w.\"])(0x[0-9a-f]+|\d+)(?![\w.])")
CONDITION = re.compile(r"\b(if|while) \((.*)\)( \[\[\w+\]\])?( \{| return.*;| at.*;)?$")
STATEMENT = re.compile(r"^\s+[\w:*\[\]().>-]+(\(.*\)| [-+|&^*/]?= .*|\+\+)?;$|^\s+\+\+[\w.]+;$")
NO_STATEMENT = re.compile(
    r"^\s*(return|using|const|constexpr|static|friend|typedef|auto|std::\w+ \w+;|break|default)\b"
    r"|[=] (default|delete);|^\s*\w+ \w+;")
# Declarations without code that runs. Other tests cover these: they check what must not compile.
IGNORED = re.compile(r"^\s*(//|#|template|static_assert|concept|requires|using|typedef|namespace|\"|friend"
                     r"|class|struct|asm|\[\[)|\brequires\b|= (default|delete);")


def changes(line):
    """The variants of `line` with one change."""
    code = line.split("//")[0].rstrip()
    comment = line[len(code):]
    changed = []
    for old, new in OPERATORS.items():
        start = code.find(old)
        while start >= 0:
            changed += [code[:start] + text + code[start + len(old):] for text in new]
            start = code.find(old, start + len(old))
    for number in NUMBER.finditer(code):
        value = int(number.group(), 0)
        text = hex(value + 1) if number.group().startswith("0x") else str(value + 1)
        changed.append(code[:number.start()] + text + code[number.end():])
    for old, new in (("true", "false"), ("false", "true")):
        for word in re.finditer(rf"\b{old}\b", code):
            changed.append(code[:word.start()] + new + code[word.end():])
    condition = CONDITION.search(code)
    if condition and "constexpr" not in code:
        for value in ("true", "false"):
            if condition.group(2) != value:
                changed.append(code[:condition.start(2)] + value + code[condition.end(2):])
    if re.search(r"\(!\w", code):
        changed.append(re.sub(r"\(!(\w)", r"(\1", code, count=1))
    if STATEMENT.match(code) and not NO_STATEMENT.search(code):
        changed.append(re.match(r"\s*", code).group() + ";")
    return [text + comment for text in changed if text != code]


def changes_of_file(path):
    """Yields (line number, old line, new line) for each change of the file at `path`."""
    with open(path, encoding="utf-8") as source:
        lines = source.read().split("\n")
    skipping = False  # inside a declaration over several lines
    for number, line in enumerate(lines, 1):
        skipping = (skipping or bool(IGNORED.search(line))) and not line.startswith("//")
        if not skipping:
            for text in changes(line):
                yield number, line, text
        elif re.search(r"[;{}>]\s*(//.*)?$", line) or line.lstrip().startswith(("//", "#")):
            skipping = False
