#!/usr/bin/env python3
"""Prints a header with comments in the syntax of Doxygen: filter.py FILE

The comments of this tree are plain: `//` in C++, `/* */` in C, code indented by two blanks more, Markdown's
backticks. Doxygen only reads comments that begin with `///` or `/**`, and interprets HTML and commands in them. Line
numbers do not change.
"""
import re
import sys

LINE_COMMENT = re.compile(r"(\s*)//(?!/)( ?)(.*)")
BEHIND = re.compile(r"(?<=[;,])(\s+)// (?!NOLINT)(.*)$")
BLOCK_BEHIND = re.compile(r"((?:.*[;,]|#define \w+ \w+)\s+)/\* (.*) \*/")
BLOCK_START = re.compile(r"(\s*)/\*(?!\*)(.*)")


def escaped(text):
    """The text with all characters escaped, outside of backticks, that are special in Doxygen."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"(?<![\w`])[@#\\]|[<>&\\]|::|%", r"\\\g<0>", part)
                   for part in parts)


class Comments:
    """The state within a comment. Code is indented text after an empty line, outside of lists."""

    def __init__(self):
        self.first = True
        self.restart()

    def restart(self):
        self.after_blank = self.code = self.list = self.begun = False

    def text(self, body):
        indent = len(body) - len(body.lstrip())
        words = body.strip()
        if not words:
            self.after_blank = True
            return ""
        self.code = indent >= 2 and not self.list and (self.code or self.after_blank or not self.begun)
        if re.match(r"([-*]|\d+[.]) ", words):
            self.list = True
        elif indent == 0 and self.after_blank:
            self.list = False
        self.after_blank = False
        self.begun = True
        return ("    " + body) if self.code else body[:indent] + escaped(words)

    def opening(self):
        """The command for the first comment, which documents the file; empty for all others."""
        opening, self.first = (r"\file " if self.first else ""), False
        return opening


def filtered(lines):
    comments, in_block, was_comment = Comments(), False, False
    for line in lines:
        if in_block:
            end = line.find("*/")
            body = re.sub(r"^\s*\* ?", "", line if end < 0 else line[:end])
            yield " * " + comments.text(body) + ("" if end < 0 else " */" + line[end + 2:])
            in_block = end < 0
            continue
        alone, block = LINE_COMMENT.fullmatch(line), BLOCK_START.fullmatch(line)
        if alone and not re.match(r"(NOLINT|clang-format|IWYU|-{3})", alone[3]):
            if not was_comment:
                comments.restart()
            is_file = comments.first
            text = comments.text(alone[3])
            # The brief description of a file is the line after the command.
            yield f"{alone[1]}/// " + (r"\file" + "\n" + f"/// {text}" if is_file and comments.opening() else text)
            was_comment = True
            continue
        was_comment = False
        if block:
            comments.restart()
            end = block[2].find("*/")
            body = block[2] if end < 0 else block[2][:end]
            yield f"{block[1]}/** {comments.opening()}{comments.text(body.strip())}" + (
                "" if end < 0 else " */" + block[2][end + 2:])
            in_block = end < 0
            continue
        # A comment after a member, an enumerator or a macro on the same line.
        line = BEHIND.sub(lambda found: f"{found[1]}///< {escaped(found[2])}", line)
        behind = BLOCK_BEHIND.fullmatch(line)
        yield f"{behind[1]}/**< {escaped(behind[2])} */" if behind else line


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        print("\n".join(filtered(source.read().splitlines())))
