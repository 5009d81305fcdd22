#!/usr/bin/env python3
"""Parallel work, and its interruption."""

import os
import signal
import subprocess
import sys
import threading
import unittest

import side_by_side

HERE = os.path.dirname(os.path.abspath(__file__))
LONG = 600  # seconds; a limit that only a test that hangs reaches (tests need about a tenth of a second)


class SideBySideTest(unittest.TestCase):
    def setUp(self):
        self.stopping = threading.Event()

    def results(self, work, items, jobs):
        return side_by_side.results(work, items, jobs, self.stopping)

    def test_each_item_has_its_result(self):
        self.assertEqual(sorted(self.results(lambda item: 10 * item, range(20), 3)), [10 * i for i in range(20)])

    def test_results_that_are_false_are_results(self):
        self.assertEqual(list(self.results(lambda item: None, [1, 2], 1)), [None, None])

    def test_that_many_jobs_run_at_a_time(self):
        both = threading.Barrier(2)
        self.assertEqual(sorted(self.results(lambda item: (both.wait(LONG), item)[1], range(4), 2)), [0, 1, 2, 3])

    def test_results_come_in_the_order_in_which_they_end(self):
        slow_may_end = threading.Event()

        def work(item):
            self.assertTrue(item != "slow" or slow_may_end.wait(LONG))
            return item

        results = self.results(work, ["slow", "quick"], 2)
        self.assertEqual(next(results), "quick")
        slow_may_end.set()
        self.assertEqual(list(results), ["slow"])

    def test_after_a_stop_no_item_begins_and_running_items_have_no_result(self):
        for raises in (False, True):
            with self.subTest(raises=raises):
                self.stopping.clear()
                begun = []

                def work(item):
                    begun.append(item)
                    if item == 2:
                        self.stopping.set()
                        if raises:
                            raise side_by_side.Interrupted
                    return item

                self.assertEqual(list(self.results(work, range(9), 1)), [0, 1])
                self.assertEqual(begun, [0, 1, 2])

    def test_a_mistake_in_the_work_is_raised(self):
        with self.assertRaises(ZeroDivisionError):
            list(self.results(lambda item: 1 // item, [1, 0, 1], 1))

    def test_the_first_interrupt_stops_and_the_second_ends_at_once(self):
        script = ("import side_by_side, time\nstopping = side_by_side.stops_on_interrupt()\n"
                  "print('ready', flush=True)\nwhile not stopping.is_set(): time.sleep(0.01)\n"
                  "print('stopping', flush=True)\n"
                  "while True: time.sleep(0.01)\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number=number), subprocess.Popen(
                    [sys.executable, "-c", script], cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, text=True) as process:
                self.addCleanup(process.kill)
                self.assertEqual(process.stdout.readline(), "ready\n")
                process.send_signal(number)
                self.assertEqual(process.stdout.readline(), "stopping\n")
                process.send_signal(number)
                self.assertEqual(process.wait(LONG), side_by_side.INTERRUPTED)


if __name__ == "__main__":
    unittest.main()
