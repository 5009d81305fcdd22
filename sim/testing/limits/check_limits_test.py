#!/usr/bin/env python3
"""What check_limits.py says of a small tree, in which one thing at a time is wrong."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import check_limits

HEADER = "inline constexpr int kMaxPages = 4;\ninline constexpr int kChunk{8};\n"
SCENARIO = "# Pages.\nmap 4   pages\nmap 5 pages  => EINVAL\n"
TEST = "TEST(Pages,\n     EndAtFour) {}\nTEST_F(Chunks, AreFull) {}\n"
TABLE = """# Limits.
limit axptr/pages.h kMaxPages
  at corpus/pages.scn: map 4 pages
  above corpus/pages.scn: map 5 pages
limit axptr/pages.h kChunk
  at sim/pages_test.cc: Chunks.AreFull
  above sim/pages_test.cc: Pages.EndAtFour
"""


class CheckLimits(unittest.TestCase):
    def said_of(self, table=TABLE, header=HEADER, other=""):
        """The exit status, and what is printed."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for file, text in (("axptr/pages.h", header), ("corpus/pages.scn", SCENARIO), ("sim/pages_test.cc", TEST),
                               ("sim/other.cc", other), ("sim/testing/left_out.h", HEADER), ("table.txt", table)):
                (root / file).parent.mkdir(exist_ok=True)
                (root / file).write_text(text)
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                try:
                    status = check_limits.main([folder, root / "table.txt"])
                except SystemExit as ended:
                    status = ended.code
            return status, output.getvalue()

    def expect_mistake(self, message, **what):
        status, said = self.said_of(**what)
        self.assertEqual(status, 1, said)
        self.assertIn(message, said)
        self.assertIn("1 mistakes", said)

    def test_a_correct_table_has_no_mistake(self):
        self.assertEqual(self.said_of(), (0, "2 limits, 2 with both sides, 0 mistakes\n"))

    def test_a_new_limit_needs_a_paragraph(self):
        for file, what in (("axptr/pages.h", {"header": HEADER + "static constexpr std::size_t\n    kMaxMore = 2;\n"}),
                           ("sim/other.cc", {"other": "constexpr int kMostAtOnce = 3;\n"})):
            name = "kMaxMore" if "header" in what else "kMostAtOnce"
            self.expect_mistake(f"{file} {name}: no scenario or test on either side", **what)

    def test_a_removed_limit_is_a_mistake(self):
        self.expect_mistake("axptr/pages.h defines no kChunk", header=HEADER.replace("kChunk", "kPiece"))

    def test_both_sides_are_needed(self):
        for side in ("at", "above"):
            lines = [line for line in TABLE.splitlines() if not line.strip().startswith(f"{side} corpus")]
            self.expect_mistake("kMaxPages: expected at and above, or same, or no; it has ", table="\n".join(lines))

    def test_a_named_place_must_exist(self):
        self.expect_mistake("corpus/pages.scn has no line that begins with `map 6 pages`",
                            table=TABLE.replace("map 5 pages", "map 6 pages"))
        self.expect_mistake("sim/pages_test.cc has no test Pages.EndAtFive",
                            table=TABLE.replace("EndAtFour", "EndAtFive"))
        self.expect_mistake("no file corpus/none.scn", table=TABLE.replace("above corpus/pages", "above corpus/none"))

    def test_a_limit_may_be_another_one_or_none(self):
        both = "limit axptr/pages.h kMaxPages\n  no of nothing\nlimit axptr/pages.h kChunk\n  same axptr/pages.h {}\n"
        self.assertEqual(self.said_of(table=both.format("kMaxPages"))[0], 0)
        self.expect_mistake("same: the table has no limit axptr/pages.h kOther", table=both.format("kOther"))

    def test_an_invalid_table_is_refused(self):
        for table in ("at corpus/pages.scn: map\n", "limit axptr/pages.h\n", TABLE + TABLE, TABLE + "  below x: y\n",
                      TABLE + "  at\n"):
            self.assertEqual(self.said_of(table=table)[0], 2, table)


if __name__ == "__main__":
    unittest.main()
