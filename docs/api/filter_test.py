#!/usr/bin/env python3
"""filter.py makes documentation of each form of comment, and of nothing else."""

import unittest

import filter as doxygen_filter

# The lines of a header after its first comment, and what Doxygen reads.
FORMS = (
    (["// Above."], ["/// Above."]),
    (["int a;  // behind"], ["int a;  ///< behind"]),
    (["int a; /* behind */"], ["int a; /**< behind */"]),
    (["kA = 1,  // behind"], ["kA = 1,  ///< behind"]),
    (["kA = 1, /* behind */"], ["kA = 1, /**< behind */"]),
    (["#define A 1u  /* behind */"], ["#define A 1u  /**< behind */"]),
    (["/* One line. */"], ["/** One line. */"]),
    (["/* Two", " * a<b>. */"], ["/** Two", " * a\\<b\\>. */"]),
    (["void f(int /* unused */);"], ["void f(int /* unused */);"]),
    (["int a;  // NOLINT(x)"], ["int a;  // NOLINT(x)"]),
    (["// NOLINTNEXTLINE(x)"], ["// NOLINTNEXTLINE(x)"]),
    (["// a<b> of `c<d>`"], ["/// a\\<b\\> of `c<d>`"]),
    (["// For:", "//", "//   code<T>();"], ["/// For:", "/// ", "///     " + "  code<T>();"]),
)


class Filter(unittest.TestCase):

    def test_each_form_of_comment(self):
        for lines, expected in FORMS:
            with self.subTest(lines):
                self.assertEqual(list(doxygen_filter.filtered(["// The file.", ""] + lines))[2:], expected)

    def test_the_first_comment_is_about_the_file(self):
        self.assertEqual("\n".join(doxygen_filter.filtered(["// The file.", "int a;"])), "/// \\file\n/// The file.\nint a;")


if __name__ == "__main__":
    unittest.main()
