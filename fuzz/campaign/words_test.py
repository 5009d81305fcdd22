#!/usr/bin/env python3
"""The messages that a campaign prints while it runs."""

import io
import unittest

import engine
import words


class Run:
    """A run whose log has this last status."""

    def __init__(self, executions, edges, exit_status=None):
        self.target = "check_fuzzer"
        self.exit_status = exit_status
        self.status = engine.Status(executions, 0, edges, 0)

    def sample(self):
        return self.status


class Terminal(io.StringIO):
    def isatty(self):
        return True


class ProgressTest(unittest.TestCase):
    def test_executions_since_the_last_line_of_the_engine_are_estimated(self):
        progress = words.Progress(io.StringIO())
        self.assertEqual(progress.line(5, [Run(5000, 30)]), "   5 s | check ~5000 runs, 1000/s, 30 edges")
        self.assertEqual(progress.line(8, [Run(5000, 30)]), "   8 s | check ~8000 runs, 1000/s, 30 edges")

    def test_those_of_a_target_that_has_ended_are_not(self):
        progress = words.Progress(io.StringIO())
        progress.line(5, [Run(5000, 30)])
        self.assertEqual(progress.line(8, [Run(5000, 30, 0)]), "   8 s | check ~5000 runs, 1000/s, 30 edges")

    def test_a_terminal_has_one_line_that_is_overwritten(self):
        output = Terminal()
        progress = words.Progress(output)
        progress.show(5, [Run(5000, 30)] * 9)
        self.assertTrue(output.getvalue().startswith("\r   5 s"))
        self.assertNotIn("\n", output.getvalue())
        self.assertLess(len(output.getvalue()), 250)

    def test_a_log_has_a_line_each(self):
        output = io.StringIO()
        words.Progress(output).show(5, [Run(5000, 30)])
        self.assertEqual(output.getvalue(), "   5 s | check ~5000 runs, 1000/s, 30 edges\n")

    def test_large_numbers_have_units(self):
        self.assertEqual([words.human(number) for number in (9999, 12345, 1234567, 2.5e9)],
                         ["9999", "12.3 k", "1.23 M", "2.50 G"])


class ReachTest(unittest.TestCase):
    def test_each_quantity_has_a_line(self):
        reach = {"scenarios": 7, "quantities": [
            {"quantity": "CPUs", "values": 7, "least": 1, "most": 8, "gaps": "2", "one_sided": "0, 2-3"},
            {"quantity": "bytes of a fill", "values": 0}]}
        lines = words.reach_table(reach).splitlines()
        self.assertEqual(lines[1], "The quantities that the 7 kept inputs reach:")
        self.assertEqual([line.split() for line in lines[3:]],
                         [["CPUs", "7", "1", "8", "2;", "0,", "2-3"], ["bytes", "of", "a", "fill", "0", "-", "-", "-;", "-"]])

    def test_no_inputs_are_no_table(self):
        self.assertEqual(words.reach_table(None), "")


if __name__ == "__main__":
    unittest.main()
