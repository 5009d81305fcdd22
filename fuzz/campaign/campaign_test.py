#!/usr/bin/env python3
"""Campaigns with fake targets: shell scripts that behave like the targets of an engine. fuzz/campaign_test.sh and
fuzz/subject_campaign_test.sh test with real targets."""

import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

import report

HERE = os.path.dirname(os.path.abspath(__file__))
LONG = 600  # seconds; a limit that only a test that hangs reaches (tests need about a tenth of a second)

# The module of the command itself.
CAMPAIGN_SPEC = importlib.util.spec_from_file_location("campaign", os.path.join(HERE, "__main__.py"))
CAMPAIGN = importlib.util.module_from_spec(CAMPAIGN_SPEC)
CAMPAIGN_SPEC.loader.exec_module(CAMPAIGN)

# The bodies of the fake targets. $corpus: the folder where the target keeps inputs; $crashes: that of crash files.
READ_ARGUMENTS = """#!/bin/bash
for argument in "$@"; do
  case $argument in
    -artifact_prefix=*) crashes=${argument#*=} ;;
    -*) ;;
    *) corpus=${corpus:-$argument} ;;
  esac
done
say() { printf '#%d\\tDONE   cov: %d ft: 9 corp: %d/9b lim: 9 exec/s: 9 rss: 9Mb\\n' "$1" "$2" "$3"; }
found() {
  echo input >"${crashes}crash-1"
  printf '\\nSUBJECT words\\n\\nSCENARIO\\nmap 0x1000\\n\\nVERDICT\\nop 1: wrong\\n\\nVIOLATION access.result op=1\\n'
  echo "artifact_prefix='$crashes'; Test unit written to ${crashes}crash-1"
  exit 77
}
"""
TARGETS = {
    "empty": "say 1000 1 1",
    "clean": "say 500 40 3\necho 'not judged: const.str: not offered by the subject'",
    "finds": "say 7 12 2; found",
    "finds_too": "say 8 13 2; found",
    "unusable": "echo 'This target cannot run so: it is a test'; exit 2",
    "keeps": """
        trap 'say 300 30 9; echo "==1== libFuzzer: run interrupted; exiting"; exit 72' INT
        say 200 20 "$(ls "$corpus" | wc -l)"
        echo input >"$corpus/kept-$(ls "$corpus" | wc -l)"
        while :; do sleep 0.02; done""",
    "stubborn": "trap '' INT; echo $$ >\"${crashes}pid\"; while :; do sleep 0.02; done",
}
STORY = {"bug": {"violation": "access.result", "operation": "copy_in", "place": "page_end", "difference": ""},
         "sentence": "It lies.", "meaning": "Data is lost.", "scenario": "map 0x1000"}

REACH = {"scenarios": 1, "quantities": [{"quantity": "CPUs", "values": 1, "least": 2, "most": 2, "gaps": "none",
                                         "one_sided": "1"}]}


class CampaignTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.build = self.folder.name
        for name, script in TARGETS.items():
            self.program(name + "_fuzzer", READ_ARGUMENTS + script)
            with open(f"{self.build}/bin/{name}_fuzzer.options", "w", encoding="utf-8") as options:
                options.write("[libfuzzer]\nmax_len = 9\n")
        self.program("axsim", f"""#!/bin/sh
case $1 in
  explain) echo '{json.dumps(STORY)}' ;;
  reach) echo '{json.dumps(REACH)}' ;;
esac
""")

    def program(self, name, script):
        os.makedirs(f"{self.build}/bin", exist_ok=True)
        with open(f"{self.build}/bin/{name}", "w", encoding="utf-8") as file:
            file.write(script)
        os.chmod(file.name, 0o755)

    def start(self, *arguments, **environment):
        return subprocess.Popen([sys.executable, HERE, self.build, *arguments], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env={**os.environ, **environment})

    def end(self, process, status):
        output, _ = process.communicate(timeout=LONG)
        self.assertEqual(process.returncode, status, output)
        return output

    def campaign(self, status, *arguments, **environment):
        return self.end(self.start(*arguments, **environment), status)

    def summary(self):
        with open(f"{self.build}/summary.json", encoding="utf-8") as file:
            return json.load(file)

    def wait_until(self, happened):
        end = time.monotonic() + LONG
        while not happened():
            self.assertLess(time.monotonic(), end, "it does not happen")
            time.sleep(0.01)

    def interrupt_when(self, process, path):
        self.wait_until(lambda: os.path.exists(path))
        process.send_signal(signal.SIGINT)

    def test_a_clean_run_is_summed_up(self):
        output = self.campaign(0, "--runs=5", "clean")
        self.assertRegex(output, r"(?m)^clean_fuzzer +500 .* 40 +3  none$")
        self.assertIn("clean_fuzzer: not judged: const.str: not offered by the subject", output)
        summary = self.summary()
        target = summary["targets"][0]
        self.assertEqual([target[name] for name in ("name", "executions", "edges", "corpus", "finding")],
                         ["clean_fuzzer", 500, 40, 3, None])
        self.assertEqual(target["samples"][-1][1:], [500, 40, 3])
        self.assertEqual((summary["version"], summary["runs"], summary["interrupted"], summary["findings"]),
                         (1, 5, False, []))
        self.assertEqual([name for name in os.listdir(self.build) if name.startswith("summary")], ["summary.json"])
        with open(f"{self.build}/report.html", encoding="utf-8") as page:
            self.assertEqual(page.read(), report.html_of(summary))

    def test_docs_have_each_field_of_the_summary(self):
        self.campaign(1, "--runs=5", "finds")
        with open(f"{HERE}/../../docs/fuzzing.md", encoding="utf-8") as docs:
            table = docs.read().partition("| field | what |")[2].partition("\n\n")[0]
        summary = self.summary()
        fields = [*summary, *summary["targets"][0], *summary["findings"][0], *summary["findings"][0]["bug"]]
        self.assertEqual([field for field in fields if not re.search(rf"\b{field}\b", table)], [])

    def test_the_empty_target_comes_first_where_time_is_the_limit(self):
        output = self.campaign(0, "--minutes=1", "clean")
        self.assertIn("57 s each, 1 at a time, after 3 s for the empty target", output)
        self.assertIsNotNone(self.summary()["targets"][0]["ratio_to_empty"])

    def test_a_finding_is_reported_at_once_and_summed_up(self):
        output = self.campaign(1, "--runs=5", "finds", "clean")
        for text in ("== finds_fuzzer found: access.result", "VIOLATION access.result op=1", "Replay it: ",
                     "Its story: ", "axsim explain --subject=words ", "/crash-1.scn"):
            self.assertIn(text, output)
        self.assertLess(output.index("== finds_fuzzer found"), output.index("vs. empty"))
        with open(f"{self.build}/crashes/finds_fuzzer/crash-1.scn", encoding="utf-8") as scenario:
            self.assertEqual(scenario.read(), "# subject: words\n# contract: axptr\nmap 0x1000\n")
        self.assertEqual([target["finding"] for target in self.summary()["targets"]], ["access.result", None])

    def test_findings_are_grouped_by_bug(self):
        self.campaign(1, "--runs=5", "finds", "finds_too")
        found = self.summary()["findings"]
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0]["targets"], ["finds_fuzzer", "finds_too_fuzzer"])
        self.assertEqual(found[0]["sentence"], "It lies.")
        self.assertIn("run --subject=words", found[0]["replay"])

    def test_what_cannot_run_is_no_silent_success(self):
        output = self.campaign(1, "--runs=5", "unusable")
        self.assertRegex(output, r"(?m)^unusable_fuzzer .* unusable$")

    def test_an_interrupt_ends_it_with_a_summary_and_the_next_run_continues(self):
        process = self.start("--minutes=9", "keeps")
        self.interrupt_when(process, f"{self.build}/corpus/keeps_fuzzer/kept-0")
        output = self.end(process, 0)
        self.assertIn("Interrupted.", output)
        self.assertRegex(output, r"(?m)^keeps_fuzzer +300 .* none$")
        self.assertTrue(self.summary()["interrupted"])
        self.assertRegex(output, r"(?m)^CPUs +1 +2 +2  none; 1$")
        self.assertEqual(self.summary()["reach"], REACH)
        process = self.start("--minutes=9", "keeps")
        self.interrupt_when(process, f"{self.build}/corpus/keeps_fuzzer/kept-1")
        self.assertIn("Starting from 1 inputs in ", self.end(process, 0))

    def test_a_second_interrupt_ends_it_at_once(self):
        process = self.start("--minutes=9", "stubborn")
        pid = f"{self.build}/crashes/stubborn_fuzzer/pid"
        self.interrupt_when(process, pid)
        self.wait_until(lambda: os.path.getsize(pid) > 0)
        self.addCleanup(process.kill)
        while "Ending; once more" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        self.end(process, 130)
        with open(pid, encoding="utf-8") as file, self.assertRaises(ProcessLookupError):
            os.kill(int(file.read()), 0)

    def test_an_interrupt_while_a_target_starts_reaches_that_target(self):
        self.assertEqual(self.signals_while_starting("keeps", 1), [signal.SIGINT])
        self.assertEqual(self.signals_while_starting("stubborn", 2), [signal.SIGKILL])

    def signals_while_starting(self, target, interrupts):
        """The signals that a target gets if the campaign is interrupted before the start of the target returns."""
        campaign = CAMPAIGN.Campaign(self.build, CAMPAIGN.command_line.parse(["--runs=5", target], [target]))
        numbers = []

        class Starting(CAMPAIGN.running.Run):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                for _ in range(interrupts):
                    campaign.interrupt(signal.SIGINT, None)

            def stop(self, number=signal.SIGINT):
                if self.exit_status is None:
                    numbers.append(number)
                super().stop(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        with unittest.mock.patch.object(CAMPAIGN.running, "Run", Starting), contextlib.suppress(SystemExit):
            campaign.run()
        return numbers

    def test_the_corpus_may_be_elsewhere(self):
        process = self.start("--minutes=9", f"--corpus={self.build}/elsewhere", "keeps")
        self.interrupt_when(process, f"{self.build}/elsewhere/keeps_fuzzer/kept-0")
        self.end(process, 0)
        self.assertFalse(os.path.exists(f"{self.build}/corpus"))

    def test_jobs_is_how_many_run_at_a_time(self):
        self.assertIn("2 at a time", self.campaign(0, "--runs=5", "--jobs=2", "clean", "empty"))
        self.assertIn("1 at a time", self.campaign(0, "--runs=5", "--jobs=1", "clean", "empty"))
        self.assertEqual(len(self.summary()["targets"]), 2)

    def test_wrong_arguments_are_reported_with_status_2(self):
        self.assertIn("unrecognized arguments: --sped=9", self.campaign(2, "--sped=9"))
        self.assertIn('no target "chek"', self.campaign(2, "chek"))
        self.assertIn("no_such.so: no such file or folder", self.campaign(2, "--subject=./no_such.so", "clean"))
        self.assertIn("afl-fuzz is not installed; it is in Debian's package afl++",
                      self.campaign(2, "--engine=afl", "clean", PATH="/nonexistent:/bin"
                                    if not os.path.exists("/bin/afl-fuzz") else "/nonexistent"))


if __name__ == "__main__":
    unittest.main()
