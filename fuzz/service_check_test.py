#!/usr/bin/env python3
"""Each check of service_check.py passes on a small correct $OUT, and fails on a broken one. The targets are
shell scripts that behave like libFuzzer; the tools that inspect programs are scripts, too."""

import contextlib
import io
import os
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import service_check
from zip_seeds import pack

TARGET = """#!/bin/sh
# LLVMFuzzerTestOneInput
#calls 1200 __asan_load4
#calls 3 __ubsan_handle_x
#needs libc.so.6
#says [+] All set and ready to roll!
#stats execs_done        : 2000
#stats total_edges       : 300
#stats corpus_count      : 2
#stats saved_crashes     : 0
files= mode=run
for argument in "$@"; do
  case $argument in
    -runs=4) mode=four ;;
    -merge=1) mode=merge ;;
    -*) ;;
    *) files="$files $argument" ;;
  esac
done
one() { echo "Executed $1 in 0 ms"; echo "Execution successful"; }
case $mode in
  four) echo "Done 4 runs in 0 second(s)" ;;
  merge) set -- $files; cp "$2"/* "$1/" ;;
  run) for file in $files; do one "$file"; done ;;
esac
"""
OPTIONS = """[libfuzzer]
max_len = 8
dict = a_fuzzer.dict
[asan]
allow_user_segv_handler = 1
handle_segv = 1
handle_sigbus = 1
detect_stack_use_after_return = 0
[ubsan]
allow_user_segv_handler = 1
handle_segv = 1
handle_sigbus = 1
"""
OBJDUMP = """#!/bin/sh
for file in "$@"; do :; done
{ grep '^#format' "$file" || echo '#format elf64-x86-64'; grep '^#calls' "$file"; } |
  awk '/^#format/ { print "file format " $2 }
    /^#calls/ { for (i = 0; i < $2; i++) print "  1: call 401000 <" $3 ">" }'
"""
AFL_FUZZ = """#!/bin/sh
for target in "$@"; do :; done
while [ "$1" != -o ]; do shift; done
mkdir -p "$2/default"
sed -n 's/^#stats //p' "$target" >"$2/default/fuzzer_stats"
sed -n 's/^#says //p' "$target"
"""
LDD = """#!/bin/sh
sed -n 's/^#needs /\\t/p' "$1"
"""


def healthy(folder):
    """Makes an $OUT with one target."""
    target = folder / "a_fuzzer"
    target.write_text(TARGET, encoding="ascii")
    target.chmod(0o755)
    (folder / "a_fuzzer.options").write_text(OPTIONS, encoding="ascii")
    (folder / "a_fuzzer.dict").write_text('"x"\n', encoding="ascii")
    archive(folder, {"one": b"1", "two": b"22"})


def archive(folder, seeds):
    with tempfile.TemporaryDirectory() as unpacked:
        for name, content in seeds.items():
            (Path(unpacked) / name).write_bytes(content)
        pack(unpacked, folder / "a_fuzzer_seed_corpus.zip")


def edit(name, old, new):
    def change(folder):
        text = (folder / name).read_text(encoding="ascii")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="ascii")
    return change


def target(old, new):
    return edit("a_fuzzer", old, new)


def copy_as(name):
    def change(folder):
        (folder / name).write_text(TARGET, encoding="ascii")
        (folder / name).chmod(0o755)
    return change


def zipped(*entries):
    def change(folder):
        with zipfile.ZipFile(folder / "a_fuzzer_seed_corpus.zip", "w") as packed:
            for name in entries:
                packed.writestr(name, b"1")
    return change


# For each check: its name, a function that breaks the $OUT, and the expected text of the problem.
BROKEN = (
    ("names", lambda folder: (folder / "a_fuzzer").unlink(), "no fuzz target"),
    ("names", copy_as("canary_fuzzer"), "canary_fuzzer: must be kept out"),
    ("names", copy_as("a_target"), "a_target: the name of a target"),
    ("names", lambda folder: (folder / "a_fuzzer.dict").unlink(), "a_fuzzer.dict: missing"),
    ("names", lambda folder: (folder / "axsim").write_text("x"), "axsim: belongs to no target"),
    ("options", edit("a_fuzzer.options", "detect_stack_use_after_return = 0\n", ""),
     r"\[asan\] detect_stack_use_after_return is None"),
    ("options", edit("a_fuzzer.options", "[ubsan]", "[other]"), r"\[ubsan\] handle_segv is None"),
    ("options", edit("a_fuzzer.options", "dict = a", "dict = b"), "dict names no file"),
    ("seeds, packed", zipped(), "no seed"),
    ("seeds, packed", zipped("one"), "the same seeds make other bytes"),
    ("seeds, packed", zipped("folder/one"), "folder/one is in a folder"),
    ("seeds, packed", lambda folder: archive(folder, {"long": b"123456789"}), "long has 9 bytes, max_len is 8"),
    ("machine code", target("#calls 1200", "#calls 999"), "999 calls of __asan"),
    ("machine code", target("#calls 3 ", "#calls 201 "), "201 calls of __ubsan"),
    ("machine code", target("#needs", "#format elf64-littleaarch64\n#needs"), "not for x86-64"),
    ("shared objects", target("libc.so.6", "libabsl_strings.so.20220623"), "needs libabsl_strings"),
    ("starts", target("Done 4", "Done 3"), 'no "Done 4 runs" with the options of base-runner'),
    ("starts", target("one()", "[ -e a_fuzzer ] || exit 1\none()"), 'no "Done 4 runs"'),
    ("starts", target("one()", "case $ASAN_OPTIONS in *handle_segv=2*handle_segv=1*) exit 1 ;; esac\none()"),
     "with the options of ClusterFuzz"),
    ("starts", target("echo \"Done", "echo ERROR: no interesting inputs were found; echo \"Done"),
     "without coverage"),
    ("short inputs", target("one() {", "one() { [ -s $1 ] || exit 77;"), "ends with 77 on a short input"),
    ("seeds, run", target("one() {", "one() { ! grep -q 22 $1 || kill -ABRT $$;"), "ends with -6 on a seed run"),
    ("seeds, run", target("run) for file in $files", "run) for file in x"), "ends with 0 on a seed"),
    ("merge", target('cp "$2"/* "$1/"', "true"), "does not merge"),
    ("inputs, replayed", target("one() {", "one() { ! grep -q 22 $1 || kill -ABRT $$;"), "ends with -6 on a seed"),
    ("inputs, replayed", target("one() {", "one() { [ -s $1 ] || exit 1;"), "ends with 1 on a seed or a short"),
    ("inputs, replayed", target("run) for file in $files", "run) for file in x"), "ends with 0 on a seed"),
    ("fuzzes", target("#says [+] All set", "#says [-] PROGRAM ABORT : All set off"), "AFL.. does not start: .*ABORT"),
    ("fuzzes", target("#stats", "#says [-] The target binary crashed\n#stats"), "AFL.. does not start"),
    ("fuzzes", target(": 2000", ": 1"), "1 executions of 2000"),
    ("fuzzes", target(": 300", ": 99"), "99 edges are instrumented"),
    ("fuzzes", target("corpus_count      : 2", "corpus_count : 1"), "AFL.. keeps no input"),
    ("fuzzes", target("saved_crashes     : 0", "saved_crashes : 1"), "AFL.. finds 1 crashes"),
)


class ServiceCheck(unittest.TestCase):

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        tools = Path(self.folder) / "tools"
        tools.mkdir()
        Path(self.folder).chmod(0o755)
        for name, text in (("objdump", OBJDUMP), ("ldd", LDD), ("afl-fuzz", AFL_FUZZ)):
            (tools / name).write_text(text, encoding="ascii")
            (tools / name).chmod(0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{tools}:{path}"
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        self.out = Path(self.folder) / "out"
        self.out.mkdir()
        healthy(self.out)

    def problems(self, name):
        function, engines = next((function, engines) for known, function, engines in service_check.CHECKS if known == name)
        out = service_check.Out(self.out, engines[0], "address", 100)
        try:
            return list(function(out))
        finally:
            out.remove()

    def test_a_healthy_folder_passes_every_check(self):
        for engine in service_check.ALL:
            said = io.StringIO()
            with self.subTest(engine), contextlib.redirect_stdout(said):
                count = service_check.check(self.out, engine, "address", 2)
                self.assertEqual(count, 0, said.getvalue())

    def test_each_broken_folder_is_noticed(self):
        for name, change, expected in BROKEN:
            with self.subTest(check=name, expected=expected):
                for path in self.out.iterdir():
                    path.unlink()
                healthy(self.out)
                change(self.out)
                self.assertRegex("\n".join(self.problems(name)), expected)

    def test_memory_is_limited(self):
        out = service_check.Out(self.out, "libfuzzer", "address", 1)
        out.peak_mib = service_check.MEMORY_MIB
        self.assertRegex("\n".join(service_check.check_memory(out)), "2560 MiB at most")
        out.peak_mib -= 1
        self.assertEqual(list(service_check.check_memory(out)), [])
        out.remove()

    def test_a_write_into_the_folder_is_noticed(self):
        out = service_check.Out(self.out, "libfuzzer", "address", 1)
        os.utime(out.folder / "a_fuzzer.dict", (1, 1))
        self.assertRegex("\n".join(service_check.check_writes_nothing(out)), "wrote outside")
        out.remove()

    def test_every_check_is_seen_failing(self):
        seen = {name for name, _, _ in BROKEN} | {"memory", "writes nothing"}
        self.assertEqual(seen, {name for name, _, _ in service_check.CHECKS})

    def test_an_engine_that_is_not_installed_is_not_run_and_never_passed(self):
        os.environ["PATH"] = "/nowhere"
        self.assertEqual(service_check.needs("afl"), "afl++")
        self.assertIsNone(service_check.needs("libfuzzer"))
        said = io.StringIO()
        with mock.patch("sys.argv", ["service_check.py", "--engine", "afl"]), contextlib.redirect_stdout(said), \
                self.assertRaises(SystemExit) as ended:
            service_check.main()
        self.assertEqual(ended.exception.code, 2)
        self.assertIn("not run: afl with address, for want of afl++", said.getvalue())

    def test_the_flags_have_the_coverage_that_an_image_adds_for_the_engine(self):
        for engine, sanitizer, expected in (("libfuzzer", "address", True), ("libfuzzer", "coverage", False),
                                            ("afl", "address", False)):
            flags = service_check.build_environment(engine, sanitizer, "", "", "")["CXXFLAGS"]
            self.assertEqual("-fsanitize=fuzzer-no-link" in flags, expected, (engine, sanitizer))

    def test_builds_that_differ_are_noticed(self):
        other = Path(self.folder) / "other"
        other.mkdir()
        healthy(other)
        self.assertEqual(service_check.differences(self.out, other), [])
        (other / "a_fuzzer.dict").write_text('"y"\n', encoding="ascii")
        (other / "more").write_text("", encoding="ascii")
        self.assertEqual(service_check.differences(self.out, other), ["a_fuzzer.dict", "more"])

    def test_the_time_and_order_of_seeds_change_no_byte(self):
        first = (self.out / "a_fuzzer_seed_corpus.zip").read_bytes()
        with tempfile.TemporaryDirectory() as seeds:
            for name, content in (("two", b"22"), ("one", b"1")):
                (Path(seeds) / name).write_bytes(content)
                os.utime(Path(seeds) / name, (0, 1_000_000_000))
            pack(seeds, self.out / "again.zip")
        self.assertEqual((self.out / "again.zip").read_bytes(), first)


if __name__ == "__main__":
    unittest.main()
