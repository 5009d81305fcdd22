#!/usr/bin/env python3
"""The report page of a campaign is well-formed and self-contained, and has the numbers of the summary."""

import copy
import os
import re
import tempfile
import time
import unittest
import xml.etree.ElementTree as xml

import last_said
import plot
import report
import summary as summaries

TARGET = {"name": "scenario_fuzzer", "executions": 1234567, "seconds": 20.5, "executions_per_second": 60222,
          "executions_per_clock_second": 70000, "ratio_to_empty": 0.0351, "edges": 4321, "corpus": 765,
          "finding": None, "not_judged": ["not judged: faults: <none> here"],
          "samples": [[0.5, 1000, 900, 100], [2.0, 90000, 4000, 700], [20.5, 1234567, 4321, 765]]}
FOUND = {"bug": {"violation": "access.result", "operation": "copy_in", "place": "page_end"},
         "name": "access.result", "targets": ["copy_fuzzer", "race_fuzzer"], "files": ["crashes/crash-1"],
         "replay": "axsim run crashes/crash-1.scn", "details": "VIOLATION \x1b[0m<&> op=1\n",
         "sentence": "It lies & <steals>.", "meaning": "Data is lost.", "scenario": "map 0x1000 rw- lazy"}
REACH = {"scenarios": 765, "files_without_one": 0, "quantities": [
    {"quantity": "CPUs", "values": 765, "least": 1, "most": 8, "powers": [0, 1, 3], "gaps": "2", "one_sided": "0, 2-3"},
    {"quantity": "bytes of a fill", "values": 0}]}
SUMMARY = {"version": 1, "date": "2026-11-29T03:27:40+0000", "commit": "4fe796b+", "engine": "libfuzzer",
           "subject": "", "contract": "", "require": "", "seconds": 60, "runs": 0, "jobs": 2, "interrupted": False,
           "clock": "cpu", "empty_executions_per_clock_second": 1836400,
           "targets": [TARGET, dict(TARGET, name="copy_fuzzer", executions=77, edges=31, corpus=9, seconds=3,
                                    finding="access.result", ratio_to_empty=None, samples=[])],
           "findings": [FOUND], "reach": REACH, "mutants": None, "coverage": None}


def parse(summary):
    """Returns the page as XML, and its text."""
    text = report.html_of(summary)
    return xml.fromstring(text.removeprefix("<!doctype html>\n")), text


def row(page, target):
    for candidate in page.iter("tr"):
        if candidate.find("th") is not None and candidate.find("th").text == target["name"]:
            return [cell.text for cell in candidate.findall("td")]
    return None


class ReportTest(unittest.TestCase):
    def test_it_is_well_formed_for_every_result(self):
        page, _ = parse(SUMMARY)
        self.assertIn("It lies & <steals>.", "".join(page.itertext()))

    def test_it_is_self_contained(self):
        page, text = parse(SUMMARY)
        self.assertEqual([node.tag for node in page.iter() if node.tag in ("script", "link", "img", "iframe")], [])
        self.assertEqual([node for node in page.iter() if {"src", "href"} & set(node.keys())], [])
        self.assertIsNone(re.search(r"https?://|@import|url\(", text))

    def test_each_quantity_has_a_row_with_what_was_reached(self):
        page, _ = parse(SUMMARY)
        self.assertEqual(row(page, {"name": "CPUs"}), ["765", "1", "8", "2", "0, 2-3"])
        self.assertEqual(row(page, {"name": "bytes of a fill"}), ["0", "-", "-", "-", "-"])

    def test_without_inputs_it_has_no_reach(self):
        _, text = parse(dict(SUMMARY, reach=None))
        self.assertNotIn("Reach", text)

    def test_each_target_has_a_row_with_the_numbers_of_the_summary(self):
        page, _ = parse(SUMMARY)
        self.assertEqual(row(page, TARGET), ["1234567", "20.5", "60222", "3.5 %", "4321", "765", "none"])
        self.assertEqual(row(page, SUMMARY["targets"][1]),
                         ["77", "3", "60222", "-", "31", "9", "access.result"])

    def test_a_bug_has_its_story(self):
        text = "".join(parse(SUMMARY)[0].itertext())
        for part in ("access.result in copy_in", "page_end", "copy_fuzzer, race_fuzzer", "Data is lost.",
                     "map 0x1000 rw- lazy", "axsim run crashes/crash-1.scn", "One bug was found."):
            self.assertIn(part, text)

    def test_what_several_targets_do_not_judge_is_printed_once(self):
        page, _ = parse(SUMMARY)
        self.assertEqual(["".join(item.itertext()) for item in page.iter("li")],
                         ["faults: <none> here (scenario_fuzzer, copy_fuzzer)"])

    def test_a_run_without_findings_is_reported(self):
        page, _ = parse(dict(SUMMARY, findings=[], interrupted=True))
        self.assertIn("Nothing was found. The run was interrupted.", "".join(page.itertext()))

    def test_there_is_a_plot_of_each_quantity_with_a_line_for_each_target_that_has_points(self):
        titles = {}
        for svg in parse(SUMMARY)[0].iter("svg"):
            titles[svg.find("title").text] = len(svg.findall("path"))
        self.assertEqual(titles, {"Executions a second": 2, "Edges of the control flow": 1,
                                  "Inputs in the corpus": 1})

    def test_speeds_are_those_between_the_samples(self):
        self.assertEqual(report.speeds(dict(TARGET, samples=[[1, 100, 1, 1], [3, 500, 1, 1]])),
                         [(1, 100), (3, 200)])

    def test_no_target_at_all_is_a_page_too(self):
        page, _ = parse(dict(SUMMARY, targets=[], findings=[]))
        self.assertEqual(list(page.iter("svg")), [])

    def test_mutants_and_coverage_have_a_date_or_were_not_run_here(self):
        text = "".join(parse(SUMMARY)[0].itertext())
        self.assertIn("Not run here (./run mutants).", text)
        self.assertIn("Not run here (./run coverage).", text)
        said = copy.deepcopy(SUMMARY)
        said["mutants"] = {"date": "2026-11-28 10:00", "tried": 3, "as_expected": 2, "others": ["one SURVIVED"]}
        said["coverage"] = {"date": "2026-11-27 09:00", "text": "axptr 518/518 100%"}
        text = "".join(parse(said)[0].itertext())
        for part in ("2 of 3 were found as expected, 2026-11-28 10:00", "one SURVIVED", "2026-11-27 09:00",
                     "axptr 518/518 100%"):
            self.assertIn(part, text)

    def test_written_it_is_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.html")
            report.write(SUMMARY, path)
            with open(path, encoding="utf-8") as written:
                self.assertEqual(written.read(), report.html_of(SUMMARY))
            self.assertEqual(os.listdir(folder), ["report.html"])


class LastSaidTest(unittest.TestCase):
    def test_rows_of_mutants_are_counted(self):
        with tempfile.TemporaryDirectory() as builds:
            self.assertIsNone(last_said.mutants(builds))
            for name, text in (("a", "a words as expected: x"), ("b", "b words SURVIVED FUZZING: "),
                               ("c", "c words as expected: y")):
                os.makedirs(os.path.join(builds, "mutants", name))
                path = os.path.join(builds, "mutants", name, "row")
                with open(path, "w", encoding="utf-8") as row_file:
                    row_file.write(text + "\n")
                os.utime(path, (0, 86400 * (ord(name) - ord("a") + 1)))
            self.assertEqual(last_said.mutants(builds),
                             {"date": time.strftime("%Y-%m-%d %H:%M", time.localtime(3 * 86400)), "tried": 3,
                              "as_expected": 2, "others": ["b words SURVIVED FUZZING:"]})

    def test_coverage_is_the_table_that_was_left(self):
        with tempfile.TemporaryDirectory() as builds:
            self.assertIsNone(last_said.coverage(builds))
            os.makedirs(os.path.join(builds, "coverage", "report"))
            with open(os.path.join(builds, "coverage", "report", "table.txt"), "w", encoding="utf-8") as table:
                table.write("axptr 100%\n")
            self.assertEqual(last_said.coverage(builds)["text"], "axptr 100%")


class PlotTest(unittest.TestCase):
    def test_ticks_are_round_and_reach_the_top(self):
        for most, expected in ((10, [0, 2, 4, 6, 8, 10]), (1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
                               (70000, [0, 20000, 40000, 60000]), (33, [0, 10, 20, 30])):
            with self.subTest(most=most):
                self.assertEqual([round(tick, 9) for tick in plot.ticks(most)], expected)

    def test_all_points_lie_in_the_field(self):
        svg = xml.fromstring(plot.line_plot("t", "x", [(0, "a", [(0, 0), (5, 9), (7, 3e9)])]))
        numbers = [float(number) for number in re.findall(r"[\d.]+", svg.find("path").get("d"))]
        for right, down in zip(numbers[::2], numbers[1::2]):
            self.assertTrue(plot.LEFT <= right <= plot.WIDTH - plot.RIGHT and
                            plot.TOP <= down <= plot.HEIGHT - plot.BOTTOM, (right, down))

    def test_a_logarithmic_axis_goes_from_power_to_power(self):
        axis = plot.Logarithmic([510, 108000])
        self.assertEqual(axis.ticks(), [100, 1000, 10000, 100000, 1000000])
        self.assertEqual([axis.share(value) for value in (0, 100, 10000, 1000000)], [0, 0, 0.5, 1])
        self.assertEqual(plot.Logarithmic([0]).ticks(), [1, 10])

    def test_numbers_are_short(self):
        self.assertEqual([plot.short(number) for number in (0, 500, 1500, 2e6, 3e9)],
                         ["0", "500", "1.5 k", "2 M", "3 G"])


class SamplesTest(unittest.TestCase):
    def test_many_are_thinned_and_the_ends_stay(self):
        samples = [[i, i, i, i] for i in range(1000)]
        thinned = summaries.thinned(samples)
        self.assertEqual((len(thinned), thinned[0], thinned[-1]), (200, samples[0], samples[-1]))
        self.assertEqual(summaries.thinned(samples[:200]), samples[:200])


if __name__ == "__main__":
    unittest.main()
