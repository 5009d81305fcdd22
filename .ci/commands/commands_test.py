#!/usr/bin/env python3
"""Each command of ./run: what it starts, and what comes of it."""

import os
import select
import signal
import subprocess
import sys
import unittest

import fake_tree
import programs
import table

JOBS = programs.JOBS


def configured(preset):
    return f"cmake --preset {preset}"


def built(preset, *targets):
    chosen = f" --target {' '.join(targets)}" if targets else ""
    return [configured(preset), f"cmake --build --preset {preset} --parallel {JOBS}{chosen}"]


def tested(preset):
    return f"ctest --preset {preset} --parallel {JOBS}"


def emulated(machine):
    folder = f"build/emulated-{machine}"
    return [f"cmake -G Ninja -S axptr/testing/emulated -B {folder} -DMACHINE={machine}",
            f"cmake --build {folder} --parallel {JOBS}",
            f"ctest --test-dir {folder} --output-on-failure --no-tests=error"]


AXSIM_ON_AARCH64 = [
    "sim/testing/emulated/fetch_packages.sh build/arm64",
    "cmake -G Ninja -B build/emulated-axsim --toolchain sim/testing/emulated/toolchain.cmake "
    "-DPACKAGES=ROOT/build/arm64/root -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O1",
    f"cmake --build build/emulated-axsim --parallel {JOBS} --target axsim processor_test user_touch_test",
    "ctest --test-dir build/emulated-axsim --output-on-failure --no-tests=error --tests-regex "
    "^corpus[.].*stated|^(processor|user_touch)_test|^conform[.]finds_nothing"]
SOURCES = "git ls-files --cached --others --exclude-standard -- *.h *.cc"
HERE = "(in a folder)"
IMAGES = {name: f"ROOT/build/ring0/sim/ring0/{name}/ring0.elf" for name in ("gcc", "clang", "traced")}


def ring0(options, scenarios):
    return f"build/ring0/bin/axsim ring0 {options} {scenarios} {HERE}"


# The arguments, and the programs that are started, in order; called from the folder `a folder`.
STARTED = (
    ("test", [*built("release"), tested("release"), *built("fuzz", "all", "fuzz_targets"), tested("fuzz")]),
    ("fuzz --print-subject-flags", ["fuzz/subject_flags.sh"]),
    ("fuzz --help", ["fuzz/campaign/options.py --help"]),
    ("service-check", ["fuzz/fetch_abseil.sh build/service/src", "fuzz/service_check.py"]),
    ("service-check --out there", ["fuzz/service_check.py --out there"]),
    ("afl", [*built("fuzz-afl", "canary_fuzzer", "scenario_fuzzer", "axsim"), "fuzz/afl_check.sh build/fuzz-afl"]),
    ("mutants --check one", ["fuzz/campaign/mutants.py --check one"]),
    ("generated-mutants --every 14", ["fuzz/generated_mutants.py --every 14"]),
    ("coverage", [*built("coverage"), "fuzz/coverage.sh build/coverage"]),
    ("ring0", [*built("ring0", "axsim", "ring0_images"),
               ring0(f"--image={','.join(IMAGES.values())} --subject=words,vectors --cpus=1,2", "ROOT/corpus")]),
    ("ring0 a.scn b", [*built("ring0", "axsim", "ring0_images"),
                       ring0(f"--image={','.join(IMAGES.values())} --subject=words,vectors --cpus=1,2", "a.scn b")]),
    ("ring0 --random=9 --seed=3",
     [*built("ring0", "axsim", "ring0_images"),
      *[ring0(f"--subject={subject} --image={image}", "--random=9 --seed=3")
        for subject in ("words", "vectors") for image in (IMAGES["gcc"], f"{IMAGES['traced']} --cpus=2")]]),
    ("ring0 --mutants one", [*built("release", "axsim", "ring0_images"), "fuzz/image_mutants.py one"]),
    ("stress", [*built("tsan", "stress_test"), "build/tsan/bin/stress_test"]),
    ("corpus check", [*built("fuzz", "fuzz_targets"), "fuzz/merge_corpus.sh build/fuzz check"]),
    ("bench --quick", [*built("bench", "axptr_benchmark", "bench_report"),
                       f"bench/bench.sh ROOT/build/bench --quick {HERE}"]),
    ("repro --mutant one file", [f"sim/cli/repro.sh --mutant one file {HERE}"]),
    ("axsim run file", [*built("release", "axsim"), f"build/release/bin/axsim run file {HERE}"]),
    ("random --seed=3", [*built("release", "axsim", "subject_linux_like", "subject_copying"),
                         f"build/release/bin/axsim random --seed=3 {HERE}",
                         "build/release/bin/axsim random --subject=ROOT/build/release/sim/subject/linux_like.so,"
                         f"ROOT/build/release/sim/subject/copying.so --contract=linux --seed=3 {HERE}"]),
    ("compilers --page page", ["axptr/testing/compilers.py --page page"]),
    ("format", [SOURCES, "clang-format-19 --dry-run --Werror a.cc b.h"]),
    ("format --fix", [SOURCES, "clang-format-19 -i a.cc b.h"]),
    ("tidy a.cc", [f".ci/tidy.py a.cc {HERE}"]),
    ("docs", ["doxygen docs/api/Doxyfile", "docs/check_docs.py"]),
    ("lint", [".github/lint.sh"]),
    ("packages", []),
)
# Of these there are tests below.
OTHERS = ("check", "emulated", "fuzz")

# A command, the stub that fails, its script, and the expected exit status: that of the stub, or 2 if the command could
# not begin its work.
FAILURES = (
    ("axsim", "cmake", "exit 3", "--preset", 2),
    ("axsim", "cmake", "exit 3", "--build", 3),
    ("axsim", "build/release/bin/axsim", "exit 3", "", 3),
    ("fuzz 0", "fuzz/campaign/options.py", "exit 3", "", 2),
    ("service-check", "fuzz/fetch_abseil.sh", "exit 3", "", 2),
    ("mutants", "fuzz/campaign/mutants.py", "exit 130", "", 130),
    ("format", "clang-format-19", "exit 1", "", 1),
    ("format", "git", "exit 128", "", 2),
    ("docs", "doxygen", "exit 1", "", 1),
    ("docs", "docs/check_docs.py", "exit 1", "", 1),
    ("docs", "doxygen", "echo undocumented >build/docs/warnings", "", 1),
    ("lint", ".github/lint.sh", "exit 2", "", 2),
    ("stress", "cmake", "kill -9 $$", "--build", 137),
)

# What is wrong in the command line, and what is said.
MISTAKES = (
    ("stress 0", "stress: not a number of seconds: 0\n"),
    ("stress 100000", "stress: not a number of seconds: 100000\n"),
    ("emulated mips", "emulated: no machine mips; expected aarch64, riscv64\n"),
    ("test all", "test: unrecognized arguments: all\n"),
    ("check --quick", "check: unrecognized arguments: --quick\n"),
    ("format --f", "format: unrecognized arguments: --f\n"),
)


class CommandsTest(fake_tree.FakeTree):

    def setUp(self):
        super().setUp()
        self.stub("git", r"printf 'a.cc\nb.h\n'")

    def test_each_command_starts_its_programs(self):
        self.assertEqual({line.split()[0] for line, _ in STARTED} | set(OTHERS), set(table.COMMANDS))
        for line, expected in STARTED:
            with self.subTest(line):
                status, _, err, started = self.call(*line.split(), folder="a folder")
                self.assertEqual((status, err, started), (0, "", expected))

    def test_fuzz_takes_the_engine_from_its_options(self):
        for engine, preset in (("libfuzzer", "fuzz"), ("afl", "fuzz-afl")):
            with self.subTest(engine):
                self.stub("fuzz/campaign/options.py", f"echo {engine}")
                with open(os.path.join(self.root, "fuzz/campaign/__main__.py"), "w", encoding="utf-8") as campaign:
                    campaign.write("import os, sys\nprint(os.path.basename(os.getcwd()), *sys.argv[1:])")
                status, out, _, started = self.call("fuzz", "30", "check", folder="a folder")
                self.assertEqual((status, started), (0, ["fuzz/campaign/options.py 30 check",
                                                         *built(preset, "fuzz_targets")]))
                self.assertTrue(out.endswith(f"\na folder {self.root}/build/{preset} 30 check\n"), out)
                self.assertEqual("afl++" in out, engine == "afl")

    def test_emulated_tries_each_machine(self):
        self.stub("build/emulated-not-run")  # of an earlier run
        for arguments, expected in (
                ((), [*emulated("aarch64"), *AXSIM_ON_AARCH64, *emulated("riscv64")]),
                (("riscv64",), emulated("riscv64"))):
            if not os.path.isdir("/usr/src/googletest"):
                expected = [line for line in expected if line not in emulated("aarch64") + emulated("riscv64")]
            status, out, err, started = self.call("emulated", *arguments)
            self.assertEqual((status, err, started), (0, "", expected))
            self.assertEqual(self.read("build/emulated-not-run") is not None, "googletest" in out.split("Emulated")[1])

    def test_emulated_names_what_was_not_run_and_what_failed(self):
        self.without("qemu-riscv64")
        self.stub("ctest", "exit 8", "--test-dir build/emulated-axsim")
        status, out, _, _ = self.call("emulated", "riscv64", "aarch64")
        self.assertEqual(status, 1)
        not_run = self.read("build/emulated-not-run")
        self.assertIn("not run: all tests on riscv64, for want of g++-aarch64-linux-gnu g++-riscv64-linux-gnu "
                      "qemu-user googletest\n", not_run)
        self.assertTrue(out.endswith(f" s)\n{not_run}failed: axsim on aarch64\n"), out)

        no_libraries = "not run: axsim on aarch64, for want of Debian's libraries for arm64 (sim/testing/emulated/)\n"
        for script, complete, variables, is_run in (
                ("exit 0", False, {}, True), ("exit 1", False, {}, False), ("exit 0", True, {}, True),
                ("exit 0", True, {"AXPTR_NO_INSTALL": "1"}, True), ("exit 0", False, {"AXPTR_NO_INSTALL": "1"}, False)):
            with self.subTest(script=script, complete=complete, variables=variables):
                self.stub("sim/testing/emulated/fetch_packages.sh", script)
                self.stub("build/arm64/complete")
                if not complete:
                    self.without("build/arm64/complete")
                status, out, _, _ = self.call("emulated", "aarch64", **variables)
                self.assertEqual((status, no_libraries in out), (1 if is_run else 0, not is_run))

    def test_afl_that_is_not_available_is_not_run(self):
        self.stub("dpkg-query", 'case $3 in afl*) exit 1 ;; *) printf installed ;; esac')
        status, out, err, started = self.call("afl", AXPTR_NO_INSTALL="1")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, "not run: AFL++ on the canary and on a known bug, for want of afl++\n")
        self.assertEqual(self.read("build/afl-not-run"), out)
        self.assertNotIn("fuzz/afl_check.sh build/fuzz-afl", started)
        self.stub("dpkg-query", fake_tree.INSTALLED)
        self.assertIn("fuzz/afl_check.sh build/fuzz-afl", self.call("afl")[3])
        self.assertIsNone(self.read("build/afl-not-run"))

    def test_what_fails_gives_the_status(self):
        for line, name, body, only_for, expected in FAILURES:
            with self.subTest(line=line, stub=name, body=body):
                self.stub(name, body, only_for)
                self.assertEqual(self.call(*line.split())[0], expected)
                self.stub(name, r"printf 'a.cc\nb.h\n'" if name == "git" else "")

    def test_a_program_that_cannot_be_started_is_named(self):
        self.without("doxygen")
        status, _, err, _ = self.call("docs")
        self.assertEqual((status, err), (127, "./run: doxygen: No such file or directory\n"))

    def test_the_output_of_cmake_is_shown_if_it_cannot_configure(self):
        self.stub("cmake", "echo one; echo two >&2; exit 1", "--preset")
        status, out, err, started = self.call("axsim")
        self.assertEqual((status, err, started), (2, "one\ntwo\n", [configured("release")]))
        self.assertEqual(self.read("build/release-configure.log"), "one\ntwo\n")
        self.assertNotIn("one", out)

    def test_the_output_of_axsim_is_all_that_it_prints(self):
        self.stub("dpkg-query", fake_tree.INSTALLED)
        self.stub("cmake", "echo building")
        self.stub("build/release/bin/axsim", "echo verdict")
        self.assertEqual(self.call("axsim")[1:3], ("verdict\n", "building\n"))

    def test_warnings_of_doxygen_are_shown(self):
        self.stub("doxygen", "echo undocumented >build/docs/warnings")
        self.assertEqual(self.call("docs")[2], "undocumented\n")

    def test_stress_runs_for_the_seconds(self):
        self.stub("build/tsan/bin/stress_test", 'echo "for $AXPTR_STRESS_SECONDS s"')
        for arguments, seconds in (((), 60), (("5",), 5), (("99999",), 99999)):
            self.assertIn(f"\nfor {seconds} s\n", self.call("stress", *arguments)[1])

    def test_status_3_of_axsim_is_no_failure_in_ring_0(self):
        for status, expected in ((0, 0), (3, 0), (1, 1), (2, 1)):
            self.stub("build/ring0/bin/axsim", f"exit {status}", "ring0 --subject=words --image")
            self.assertEqual(self.call("ring0", "--random=9")[0], expected, status)
        image = os.path.join(self.root, "build/ring0/sim/ring0")
        self.assertTrue(self.call("ring0", "--random=9")[1].endswith(
            f"\n== Failed: --subject=words --image={image}/gcc/ring0.elf "
            f"--subject=words --image={image}/traced/ring0.elf --cpus=2\n"))


class FrontTest(fake_tree.FakeTree):

    def test_help_comes_from_anywhere_and_without_an_environment(self):
        done = subprocess.run([os.path.join(self.root, "run"), "help"], env={"PATH": self.path}, cwd="/",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, table.usage() + "\n"))
        for arguments in ((), ("--help",), ("-h",), ("",), ("help", "more")):
            self.assertEqual(self.call(*arguments), (0, table.usage() + "\n", "", []))
        for line in table.usage().splitlines():
            self.assertLessEqual(len(line), 120)
        for name in table.COMMANDS:
            self.assertRegex(table.usage(), rf"(?m)^  {name} ")

    def test_an_unknown_command_is_named_below_the_usage(self):
        status, out, err, started = self.run_it("nonsense", "axsim")
        self.assertEqual((status, out, err, started), (2, "", f"{table.usage()}\n\n./run: no command nonsense\n", []))

    def test_wrong_arguments_are_refused_before_anything_is_started(self):
        for line, text in MISTAKES:
            with self.subTest(line):
                self.assertEqual(self.call(*line.split()), (2, "", text, []))

    def test_programs_get_the_environment_of_the_caller(self):
        self.stub("sim/cli/repro.sh", "exec env")
        self.stub("dpkg-query", fake_tree.INSTALLED)
        for variables in ({}, {"LC_ALL": "C.UTF-8", "PYTHONPATH": "/there", "A": "b"}):
            out = self.run_it("repro", folder="a folder", **variables)[1]
            there = dict(line.split("=", 1) for line in out.splitlines())
            for name in ("SHLVL", "_"):  # bash's own
                there.pop(name, None)
            expected = {"PWD": f"{self.root}/a folder", "OLDPWD": self.root}
            self.assertEqual(there, {**self.environment(**variables), **expected})

    def test_a_home_that_cannot_be_written_has_its_compiler_cache_in_the_build(self):
        self.stub("sim/cli/repro.sh", 'echo "<$CCACHE_DIR> $PWD"')
        for variables, cache in (({}, ""), ({"HOME": "/nonexistent"}, f"{self.root}/build/ccache"),
                                 ({"HOME": "/nonexistent", "CCACHE_DIR": "/there"}, "/there")):
            out = self.run_it("repro", folder="a folder", **variables)[1]
            self.assertTrue(out.endswith(f"\n<{cache}> {self.root}/a folder\n"), out)

    def test_a_folder_has_the_name_that_the_caller_has_for_it(self):
        os.symlink(os.path.join(self.root, "a folder"), os.path.join(self.folder, "link"))
        self.stub("sim/cli/repro.sh", 'echo "$PWD"')
        self.stub("dpkg-query", fake_tree.INSTALLED)
        self.assertEqual(self.run_it("repro", folder=f"{self.folder}/link", PWD=f"{self.folder}/link")[1],
                         f"{self.folder}/link\n")


class InterruptTest(fake_tree.FakeTree):
    """Ctrl-C, which reaches ./run and what it has started."""

    def interrupted(self, name, program, *arguments):
        """Runs the command until it starts the stub `name`, which is `program` of Python; then SIGINT for all of their
        process group. The exit status as Python has it, and what was printed to each stream."""
        ready, waits = os.path.join(self.folder, "ready"), os.path.join(self.folder, "waits.py")
        if not os.path.exists(ready):
            os.mkfifo(ready)
        self.stub(name, f"exec {sys.executable} -S -E {waits}")
        with open(waits, "w", encoding="utf-8") as file:
            file.write(program.replace("READY", f"open({ready!r}, 'w').write('.')"))
        reached = os.open(ready, os.O_RDONLY | os.O_NONBLOCK)
        with subprocess.Popen([os.path.join(self.root, "run"), *arguments], env=self.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              start_new_session=True) as process:
            is_reached = select.select([reached], [], [], 60)[0]  # the limit ends what hangs
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        os.close(reached)
        self.assertTrue(is_reached, out + err)
        return process.returncode, out, err

    # Blocked, so that it cannot come too early.
    ENDS = ("import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\nREADY\n"
            "signal.sigwait([signal.SIGINT])\nprint('its summary', flush=True)\nos._exit({})\n")
    DIES = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nREADY\nsignal.pause()\n"

    def test_a_program_in_the_place_of_the_command_ends_by_itself(self):
        status, out, err = self.interrupted("fuzz/campaign/mutants.py", self.ENDS.format(130), "mutants")
        self.assertEqual((status, err), (130, ""))
        self.assertTrue(out.endswith("\nits summary\n"), out)

    def test_a_program_that_handles_it_is_waited_for_and_its_status_counts(self):
        for given, expected in ((3, 0), (1, 1)):
            status, out, err = self.interrupted("build/ring0/bin/axsim", self.ENDS.format(given), "ring0")
            self.assertEqual((status, err), (expected, ""))
            self.assertIn("\nits summary\n", out)
        status, out, err = self.interrupted("ctest", self.ENDS.format(8), "test")
        self.assertEqual((status, err), (1, ""))
        self.assertIn("\nits summary\n\n== Summary (", out)
        self.assertTrue(out.endswith("\ng++: failed\n"), out)

    def test_with_a_program_that_it_kills_the_command_ends(self):
        for name, command in (("cmake", "coverage"), ("ctest", "test"), ("dpkg-query", "docs")):
            status, out, err = self.interrupted(name, self.DIES, command)
            self.assertEqual((status, err), (-signal.SIGINT, ""), name)
            self.assertNotIn("Summary", out)
            self.stub(name)

    def test_it_is_ignored_by_what_ignores_it(self):
        self.stub("doxygen", "kill -INT $$; kill -INT $PPID")
        process = subprocess.run([os.path.join(self.root, "run"), "docs"], env=self.environment(), check=False,
                                 stdout=subprocess.PIPE, text=True,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
