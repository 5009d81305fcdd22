#!/usr/bin/env python3
"""The report of ./run generated-mutants: shares, intervals, the list of survivors, and the exit status."""

import argparse
import contextlib
import io
import os
import tempfile
import unittest

import mutant_report as tested
from mutant_report import Change, Result, Survivors

HERE = os.path.dirname(os.path.abspath(__file__))


def result(name, oracle="corpus", units="some_test", state="mutant", folder="axptr"):
    return Result(Change(f"{folder}/file.h", 1, f"  {name} old", f"  {name} new"), state, oracle, "", units, 1.0)


def entry(name):
    return f"file.h: {name} old -> {name} new"


def survivor(name, **more):
    return result(name, oracle="", units="", **more)


def listed(no_difference=(), difference=()):
    return Survivors({entry(name) for name in no_difference}, {entry(name) for name in difference})


def options(fuzz=60, oracle=False, survivors=False):
    return argparse.Namespace(fuzz=fuzz, oracle=oracle, survivors=survivors)


class TableTest(unittest.TestCase):
    def rows(self, results, survivors):
        """Of each row of the table: its title, the mutants, and the eight numbers of its shares; of each row of
        intervals only its numbers."""
        rows = []
        for line in tested.table(results, survivors):
            title, numbers = line[:32].strip(), line[32:].replace("%", "").replace(" - ", " ").split()
            rows.append((title, [float(number) for number in numbers]) if numbers[0] != "mutants" else None)
        return [row for row in rows if row]

    def test_a_mutant_without_a_difference_is_left_out_of_the_second_share_only(self):
        rows = self.rows([result("a"), result("b"), survivor("c"), survivor("d")], listed(no_difference=["c"]))
        self.assertEqual(rows[1], ("axptr/", [4, 2, 50.0, 2, 50.0, 2, 50.0, 2, 50.0]))
        self.assertEqual(rows[3], ("that make a difference", [3, 2, 66.7, 2, 66.7, 2, 66.7, 2, 66.7]))

    def test_an_explained_difference_counts_as_missed_in_both_shares(self):
        rows = self.rows([result("a"), survivor("b")], listed(difference=["b"]))
        self.assertEqual(rows[3][1][:3], [2, 1, 50.0])

    def test_a_killed_mutant_counts_although_the_list_says_that_it_makes_no_difference(self):
        rows = self.rows([result("a", units=""), survivor("b")], listed(no_difference=["a", "b"]))
        self.assertEqual(rows[3][1], [1, 1, 100.0, 1, 100.0, 0, 0.0, 1, 100.0])

    def test_each_net_has_its_own_share(self):
        results = [result("a", oracle="scripts", units=""), result("b", oracle="corpus", units=""),
                   result("c", oracle="situations", units=""), result("d", oracle="fuzzing"), result("e", oracle="")]
        self.assertEqual(self.rows(results, listed())[1][1], [5, 2, 40.0, 4, 80.0, 2, 40.0, 5, 100.0])

    def test_each_share_of_a_folder_has_its_interval_below_it(self):
        rows = self.rows([result("a"), result("b"), survivor("c"), survivor("d")], listed(no_difference=["c"]))
        # By the formula, computed by hand for 2 of 4 and 2 of 3.
        self.assertEqual(rows[2], ("", [15.0, 85.0] * 4))
        self.assertEqual(rows[4], ("", [20.8, 93.9] * 4))

    def test_folders_are_counted_apart_and_together(self):
        results = [result("a"), survivor("b", folder="sim/machine"), survivor("c", folder="sim/machine")]
        found = {title: numbers[0] for title, numbers in self.rows(results, listed(no_difference=["c"])) if title}
        self.assertEqual(found, {"axptr/file.h": 1, "axptr/": 1, "sim/machine/file.h": 2, "sim/machine/": 2, "all": 3,
                                 "that make a difference": 2})  # the last one, of all

    def test_what_is_no_mutant_does_not_count(self):
        results = [result("a"), survivor("b", state="same code"), survivor("c", state="no code")]
        self.assertEqual([numbers[0] for title, numbers in self.rows(results, listed()) if title], [1] * 5)


class ListTest(unittest.TestCase):
    def read(self, *lines):
        file = tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8")
        self.addCleanup(file.close)
        file.write("\n".join(lines) + "\n")
        file.flush()
        self.path = file.name
        return tested.read_survivors(file.name)

    def assert_refused(self, line, reason, *lines):
        with self.assertRaises(tested.Unreadable) as raised:
            self.read(*lines)
        self.assertTrue(str(raised.exception).startswith(f"{self.path}:{line}: {reason}"), raised.exception)

    def test_an_entry_is_of_the_kind_of_its_heading(self):
        found = self.read("# Title", "", "## No difference", "", "Some:", "", f"- `` {entry('a')} `` never read",
                          "## A difference that no test looks at", "Others:", f"- `` {entry('b')} `` slower",
                          f"- `` {entry('c')} `` slower")
        self.assertEqual(found, listed(no_difference=["a"], difference=["b", "c"]))

    def test_an_entry_below_no_heading_is_refused(self):
        self.assert_refused(3, "below none of the headings", "# Title", "", f"- `` {entry('a')} `` never read")

    def test_another_heading_is_refused(self):
        self.assert_refused(2, "## No differences: expected one of", "# Title", "## No differences")

    def test_an_entry_is_of_one_kind(self):
        for heading in tested.KINDS:
            self.assert_refused(4, "is in the list already", "## No difference", f"- `` {entry('a')} `` never read",
                                heading, f"- `` {entry('a')} `` slower")

    def test_an_entry_without_a_reason_is_refused(self):
        for line in (f"- `` {entry('a')} ``", f"- `` {entry('a')} `` ", f"- `` {entry('a')}"):
            self.assert_refused(2, "expected: - ``", "## No difference", line)

    def test_the_list_of_the_tree_is_read(self):
        found = tested.read_survivors(os.path.join(HERE, "mutants", "survivors.md"))
        self.assertIn("kernel.cc: frame.kind = RecoveryFrame::Kind::kPanic; -> ;", found.no_difference)
        self.assertIn("recovery.cc: if (g_jump != nullptr) return; -> if (false) return;", found.difference)


class StatusTest(unittest.TestCase):
    def ends(self, results, known=Survivors(set(), set()), interrupted=False, **more):
        """The exit status and the last line of the report."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = tested.report(results, options(**more), interrupted, known)
        return status, out.getvalue().rstrip().split("\n")[-1]

    def hundred(self, missed=0, **how):
        """100 mutants, of which `missed` have the fields `how`."""
        return [result(f"k{number}", **(how if number < missed else {})) for number in range(100)]

    def test_the_goals_are_judged_by_those_that_make_a_difference(self):
        names = [f"s{number}" for number in range(20)]
        results = self.hundred() + [survivor(name) for name in names]
        self.assertEqual(self.ends(results, listed(no_difference=names))[0], 0)
        self.assertEqual(self.ends(results, listed(difference=names)),
                         (1, "(a) is 83.3 % of those that make a difference; expected at least 90 %"))

    def test_a_goal_is_reached_exactly_or_missed_by_one(self):
        self.assertEqual(self.ends(self.hundred(10, oracle=""))[0], 0)
        self.assertEqual(self.ends(self.hundred(11, oracle="")),
                         (1, "(a) is 89.0 % of those that make a difference; expected at least 90 %"))
        self.assertEqual(self.ends(self.hundred(3, oracle="", units=""), listed(difference=["k0", "k1", "k2"]))[0], 0)
        self.assertEqual(self.ends(self.hundred(4, oracle="", units=""), listed(difference=["k0", "k1", "k2", "k3"])),
                         (1, "(c) is 96.0 % of those that make a difference; expected at least 97 %"))

    def test_a_net_that_was_not_tried_is_not_judged(self):
        self.assertEqual(self.ends(self.hundred(20, oracle=""), fuzz=0)[0], 0)
        self.assertEqual(self.ends(self.hundred(5, units="", oracle=""), fuzz=0, oracle=True)[0], 0)

    def test_each_survivor_must_be_explained(self):
        self.assertEqual(self.ends(self.hundred(1, oracle="", units="")),
                         (1, f"not explained in mutants/survivors.md: {entry('k0')}"))

    def test_an_explained_one_must_survive(self):
        for kinds in (listed(no_difference=["k7"]), listed(difference=["k7"])):
            for more in ({}, {"survivors": True}):
                self.assertEqual(self.ends(self.hundred(), kinds, **more),
                                 (1, f"explained in mutants/survivors.md, but killed: {entry('k7')}"))

    def test_an_interrupted_run_has_a_status_of_its_own(self):
        self.assertEqual(self.ends(self.hundred(), interrupted=True)[0], 130)


if __name__ == "__main__":
    unittest.main()
