#!/usr/bin/env python3
"""Checks the requirements of fuzzing services (ClusterFuzzLite, OSS-Fuzz) on .clusterfuzzlite/build.sh and
on the folder $OUT that it fills, without docker: `./run service-check`.

    service_check.py [--sanitizer NAME]... [--engine NAME]... [--work FOLDER] [--seed-runs N]
    service_check.py --out FOLDER --sanitizer NAME [--engine NAME] [--seed-runs N]

Without --out it builds into empty folders in FOLDER (build/service), with the variables that a service sets, with
clang 19 and libc++: for libFuzzer with each sanitizer (address, undefined, coverage), and for AFL++ with address. A
second build must give the same files. Then every check runs on a read-only copy of $OUT in another place, as a user
who may not write to any folder of this tree. --sanitizer, --engine: only these. --seed-runs: how often libFuzzer
runs each seed (100).
Exit status: 0 all checks pass; 1 a problem was found and printed; 2 not all checks could be made.
"""

import argparse
import configparser
import filecmp
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

from zip_seeds import pack

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534
# The limits of the services for one input.
MEMORY_MIB = 2560
SECONDS = 25
# Seconds after which a target is killed. Only a target that hangs reaches this limit.
HANGS_AFTER = 1800
KEPT_OUT = {"canary_fuzzer", "empty_fuzzer", "machine_fuzzer"}
ENTRY = b"LLVMFuzzerTestOneInput"
# The shared objects that the images of a service have. The images link libc++ statically; Debian's libFuzzer needs
# libstdc++.
SHARED_OBJECTS = {"linux-vdso", "ld-linux-x86-64", "libc", "libm", "libdl", "libpthread", "librt", "libgcc_s",
                  "libresolv", "libc++", "libc++abi", "libunwind", "libstdc++"}

COMMON_FLAGS = ("-O1 -fno-omit-frame-pointer -gline-tables-only "
                "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION")
UNDEFINED = ("array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,"
             "returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr")
FLAGS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "undefined": f"-fsanitize={UNDEFINED},unsigned-integer-overflow -fno-sanitize-recover={UNDEFINED}",
    "coverage": ("-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm "
                 "-Wno-unused-command-line-argument"),
}
# What an image adds to the flags for the coverage that guides the engine.
COVERAGE_FLAGS = {"libfuzzer": "-fsanitize=fuzzer-no-link", "afl": ""}
ENGINE_VARIABLES = {
    # Debian's libFuzzer is not free of libstdc++, as that of the images is.
    "libfuzzer": {"CC": "clang-19", "CXX": "clang++-19", "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer -l:libstdc++.so.6"},
    # The plugin of Debian's AFL++ is one of clang 14 (docs/decisions/0066). In an image it is one of the image's clang.
    "afl": {"CC": "afl-clang-fast", "CXX": "afl-clang-fast++", "AFL_CC": "clang-19", "AFL_CXX": "clang++-19",
            "AFL_LLVM_INSTRUMENT": "LLVM-NATIVE", "AFL_QUIET": "1",
            "ASAN_OPTIONS": "detect_leaks=0:symbolize=0:detect_odr_violation=0:abort_on_error=1"},
}
AFL_DRIVER = "/usr/lib/afl/libAFLDriver.a"
# What is checked. Services build for AFL++ with ASan only.
CONFIGURATIONS = (("libfuzzer", "address"), ("libfuzzer", "undefined"), ("libfuzzer", "coverage"), ("afl", "address"))
# Minimum and maximum number of calls of a sanitizer's functions in the machine code of a target.
CALLS = {
    "address": {"__asan": (1000, None), "__ubsan": (0, 200), "__msan": (0, 3)},
    "undefined": {"__asan": (0, 0), "__ubsan": (168, None), "__msan": (0, 3)},
    "coverage": {"__asan": (0, 0), "__ubsan": (0, 200)},
}
# The sanitizer options of the image that checks a build, and of the machines that fuzz. The target's options follow.
SURROUNDINGS = {
    "base-runner": {
        "ASAN_OPTIONS": ("alloc_dealloc_mismatch=0:allocator_may_return_null=1:"
                         "allocator_release_to_os_interval_ms=500:check_malloc_usable_size=0:"
                         "detect_container_overflow=1:detect_odr_violation=0:detect_leaks=1:"
                         "detect_stack_use_after_return=1:fast_unwind_on_fatal=0:handle_abort=1:"
                         "handle_segv=1:handle_sigill=1:max_uar_stack_size_log=16:print_scariness=1:"
                         "quarantine_size_mb=10:strict_memcmp=1:symbolize=1:use_sigaltstack=1"),
        "UBSAN_OPTIONS": "print_stacktrace=1:print_summary=1:silence_unsigned_overflow=1:symbolize=1",
    },
    "ClusterFuzz": {
        "ASAN_OPTIONS": ("alloc_dealloc_mismatch=0:allocator_may_return_null=1:"
                         "allocator_release_to_os_interval_ms=500:allow_user_segv_handler=0:"
                         "check_malloc_usable_size=0:detect_leaks=1:detect_odr_violation=0:"
                         "detect_stack_use_after_return=1:exitcode=77:fast_unwind_on_fatal=0:handle_abort=2:"
                         "handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:"
                         "max_uar_stack_size_log=16:print_scariness=1:print_summary=1:quarantine_size_mb=64:"
                         "strict_memcmp=1:symbolize=0:use_sigaltstack=1"),
        "UBSAN_OPTIONS": ("allow_user_segv_handler=0:handle_abort=2:handle_segv=2:handle_sigbus=2:"
                          "handle_sigfpe=2:handle_sigill=2:print_stacktrace=1:silence_unsigned_overflow=1:"
                          "symbolize=0"),
    },
}
# What an image adds to them when it runs AFL++.
AFL_SURROUNDINGS = {"ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_odr_violation=0", "UBSAN_OPTIONS": "symbolize=0"}
AFL_ENVIRONMENT = {
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_TRY_AFFINITY": "1", "AFL_FAST_CAL": "1",
    "AFL_CMPLOG_ONLY_NEW": "1", "AFL_FORKSRV_INIT_TMOUT": "30000", "AFL_IGNORE_PROBLEMS": "1",
    "AFL_IGNORE_UNKNOWN_ENVS": "1", "AFL_NO_UI": "1"}
AFL_EXECUTIONS = 2000
# Of a target: an image takes fewer edges for a target without instrumentation.
LEAST_EDGES = 100
WANTED_OPTIONS = {
    "asan": {"allow_user_segv_handler": "1", "handle_segv": "1", "handle_sigbus": "1",
             "detect_stack_use_after_return": "0"},
    "ubsan": {"allow_user_segv_handler": "1", "handle_segv": "1", "handle_sigbus": "1"},
}


class Unusable(Exception):
    """The checks cannot be made; the text gives the reason."""


# ---- The build ----

def build_environment(engine, sanitizer, sources, work, out):
    coverage = "" if sanitizer == "coverage" else COVERAGE_FLAGS[engine]
    flags = f"{COMMON_FLAGS} {FLAGS[sanitizer]} {coverage}"
    names = ("PATH", "HOME", "CCACHE_DIR", "CCACHE_CONFIGPATH", "LANG")
    return {name: os.environ[name] for name in names if name in os.environ} | {
        "SANITIZER": sanitizer, "FUZZING_ENGINE": engine, "FUZZING_LANGUAGE": "c++", "ARCHITECTURE": "x86_64",
        "CFLAGS": flags, "CXXFLAGS": f"{flags} -stdlib=libc++", "UBSAN_OPTIONS": "silence_unsigned_overflow=1",
        "SRC": str(sources), "WORK": str(work), "OUT": str(out)} | ENGINE_VARIABLES[engine]


def run_build(environment, log):
    """Runs build.sh as an image does, into an empty $OUT."""
    for name in ("OUT", "WORK"):
        Path(environment[name]).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(environment["OUT"])
    Path(environment["OUT"]).mkdir()
    script = Path(environment["SRC"]) / "axptr/.clusterfuzzlite/build.sh"
    with open(log, "wb") as text:
        status = subprocess.run(["bash", "-eux", script], env=environment, cwd=environment["SRC"],
                                stdin=subprocess.DEVNULL, stdout=text, stderr=subprocess.STDOUT,
                                check=False).returncode
    if status != 0:
        raise Unusable(f"build.sh ended with status {status}: see {log}")


def archive_engine(folder):
    """Makes an engine that is an archive instead of a flag. Services pass all engines but libFuzzer as archives."""
    runtime = subprocess.run(["clang++-19", "-print-file-name=libclang_rt.fuzzer-x86_64.a"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    if not os.path.isabs(runtime):
        found = sorted(Path("/usr/lib/llvm-19").rglob("libclang_rt.fuzzer-x86_64.a"))
        if not found:
            raise Unusable("no libclang_rt.fuzzer-x86_64.a of clang 19 here")
        runtime = str(found[0])
    archive = Path(folder) / "libFuzzingEngine.a"
    archive.write_text(f"INPUT({runtime} -lstdc++)\n", encoding="ascii")  # a linker script
    return archive


def needs(engine):
    """What this computer lacks for the engine, or None."""
    if engine == "afl" and not (shutil.which("afl-clang-fast++") and shutil.which("afl-fuzz") and Path(AFL_DRIVER).exists()):
        return "afl++"
    return None


def build(engine, sanitizer, work):
    """Builds twice; returns ($OUT, problems)."""
    folder = Path(work) / (sanitizer if engine == "libfuzzer" else f"{engine}-{sanitizer}")
    folder.mkdir(parents=True, exist_ok=True)
    sources = Path(work) / "src"
    if not (sources / "abseil-cpp/CMakeLists.txt").exists():
        raise Unusable(f"no sources of Abseil in {sources}/abseil-cpp")
    link = sources / "axptr"
    if not link.is_symlink():
        link.symlink_to(ROOT)
    environment = build_environment(engine, sanitizer, sources, folder / "work", folder / "out")
    if engine == "afl":  # an archive of this name in an image
        environment["LIB_FUZZING_ENGINE"] = str(shutil.copy(AFL_DRIVER, folder / "libFuzzingEngine.a"))
    run_build(environment, folder / "build.log")
    # Remove the seeds, so that the second build makes them from the texts again.
    shutil.rmtree(folder / "work/axptr/seed_corpus")
    for stamp in (folder / "work/axptr/fuzz").glob("*.stamp"):
        stamp.unlink()
    again = environment | {"OUT": str(folder / "out_again")}
    run_build(again, folder / "build_again.log")
    problems = [f"{name}: differs between two builds"
                for name in differences(environment["OUT"], again["OUT"])]
    # A third build with an archive as the engine. It only links again.
    if (engine, sanitizer) == ("libfuzzer", "address"):
        archive = {"OUT": str(folder / "out_archive"), "LIB_FUZZING_ENGINE": str(archive_engine(folder))}
        run_build(environment | archive, folder / "build_archive.log")
        if set(os.listdir(archive["OUT"])) != set(os.listdir(environment["OUT"])):
            problems.append("with an archive as engine, $OUT has other files")
    return Path(environment["OUT"]), problems


def differences(one, other):
    names = sorted(set(os.listdir(one)) | set(os.listdir(other)))
    _, differ, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return differ + missing


# ---- $OUT, moved and read-only ----

class Out:
    """A copy of $OUT in a folder of another name. Runs targets there as a service does."""

    def __init__(self, folder, engine, sanitizer, seed_runs):
        self.engine = engine
        self.sanitizer = sanitizer
        self.seed_runs = seed_runs
        self.room = Path(tempfile.mkdtemp(prefix="axptr-service-", dir="/tmp"))
        self.room.chmod(0o755)
        self.folder = self.room / "moved"
        shutil.copytree(folder, self.folder)
        for path in [*self.folder.rglob("*"), self.folder]:
            path.chmod(0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444)
        self.elsewhere = self.room / "elsewhere"  # a working folder that no target may write to
        self.elsewhere.mkdir(mode=0o555)
        self.scratch = self.room / "tmp"
        self.scratch.mkdir()
        self.scratch.chmod(0o777)
        self.seen = self.stamp()
        self.peak_mib = 0

    def stamp(self):
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in self.folder.rglob("*")}

    def remove(self):
        for path in [self.folder, *self.folder.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(self.room)

    def targets(self):
        return sorted(path.name for path in self.folder.iterdir()
                      if path.is_file() and os.access(path, os.X_OK) and ENTRY in path.read_bytes())

    def options(self, target):
        parser = configparser.ConfigParser()
        parser.optionxform = str
        parser.read(self.folder / f"{target}.options")
        return {name: dict(parser[name]) for name in parser.sections()}

    def seeds(self, target):
        """A folder with the unpacked seeds of the target."""
        folder = self.scratch / f"seeds-{target}"
        if not folder.exists():
            folder.mkdir()
            with zipfile.ZipFile(self.folder / f"{target}_seed_corpus.zip") as archive:
                archive.extractall(folder)
        return folder

    def environment(self, options, surroundings):
        environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(self.scratch),
                       "LLVM_PROFILE_FILE": str(self.scratch / "%p.profraw")}
        for variable, text in SURROUNDINGS[surroundings].items():
            own = options.get(variable.split("_", maxsplit=1)[0].lower(), {})
            engine = [AFL_SURROUNDINGS[variable]] if self.engine == "afl" else []
            environment[variable] = ":".join([text] + [f"{name}={value}" for name, value in own.items()] + engine)
        return environment | (AFL_ENVIRONMENT if self.engine == "afl" else {})

    def run(self, target, *arguments, surroundings="base-runner", argv0=None, cwd=None):
        """Runs a target of libFuzzer as a service does. Returns (exit status, output)."""
        options = self.options(target)
        flags = [f"-{name}={value}" for name, value in options.get("libfuzzer", {}).items()
                 if name != "dict"]
        path = str(self.folder / target)
        command = [argv0 or path, f"-rss_limit_mb={MEMORY_MIB}", f"-timeout={SECONDS}", *flags,
                   f"-dict={path}.dict", *map(str, arguments)]
        return self.spawn(command, path, cwd or self.elsewhere, self.environment(options, surroundings))

    def spawn(self, command, executable, cwd, environment):
        """(exit status, output) of the command, as a user who may write to `scratch` alone."""
        root = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with tempfile.TemporaryFile() as output:
            with subprocess.Popen(command, executable=executable, cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=subprocess.STDOUT, **root) as process:
                limit = threading.Timer(HANGS_AFTER, process.kill)
                limit.start()
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                limit.cancel()
            self.peak_mib = max(self.peak_mib, usage.ru_maxrss // 1024)
            output.seek(0)
            return process.returncode, output.read().decode(errors="replace")

    def replay(self, target, inputs):
        """(exit status, output) of a target of AFL++ without AFL++, over these files."""
        path = self.folder / target
        return self.spawn([path, *inputs], path, self.elsewhere, self.environment(self.options(target), "base-runner"))

    def fuzz(self, target):
        """(output, statistics) of AFL++ on the target, in the way of a service, from one input that is no scenario."""
        folder = self.scratch / f"afl-{target}"
        (folder / "in").mkdir(parents=True)
        folder.chmod(0o777)
        (folder / "in/input").write_bytes(b"input\n")
        path = self.folder / target
        program = shutil.which("afl-fuzz")
        command = [program, "-m", "none", "-t", "5000+", "-E", str(AFL_EXECUTIONS), "-i", folder / "in",
                   "-o", folder / "out", "-x", f"{path}.dict", "--", path]
        _, text = self.spawn(command, program, self.elsewhere, self.environment(self.options(target), "base-runner"))
        statistics = folder / "out/default/fuzzer_stats"
        lines = statistics.read_text(encoding="utf-8").splitlines() if statistics.exists() else []
        return text, {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def last_lines(text):
    return " | ".join(text.strip().splitlines()[-3:])


# ---- The checks: each takes an Out and yields problems ----

def check_names(out):
    targets = out.targets()
    if not targets:
        yield "no fuzz target"
    expected = {"llvm-symbolizer"}
    for target in targets:
        if target in KEPT_OUT:
            yield f"{target}: must be kept out"
        if not re.fullmatch(r"[a-z0-9_]+_fuzzer", target):
            yield f"{target}: the name of a target is NAME_fuzzer"
        files = {target, f"{target}.options", f"{target}.dict", f"{target}_seed_corpus.zip"}
        expected |= files
        for name in sorted(files - set(os.listdir(out.folder))):
            yield f"{name}: missing"
    for name in sorted(set(os.listdir(out.folder)) - expected):
        yield f"{name}: belongs to no target"


def check_seeds_are_packed(out):
    for target in out.targets():
        archive = out.folder / f"{target}_seed_corpus.zip"
        longest = int(out.options(target)["libfuzzer"]["max_len"])
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
        if not entries:
            yield f"{archive.name}: no seed"
        for entry in entries:
            if "/" in entry.filename:
                yield f"{archive.name}: {entry.filename} is in a folder"
            if entry.file_size > longest:
                yield f"{archive.name}: {entry.filename} has {entry.file_size} bytes, max_len is {longest}"
        again = out.scratch / archive.name
        pack(out.seeds(target), again)
        if not filecmp.cmp(archive, again, shallow=False):
            yield f"{archive.name}: the same seeds make other bytes"


def check_options(out):
    for target in out.targets():
        options = out.options(target)
        for section, wanted in WANTED_OPTIONS.items():
            for name, value in wanted.items():
                found = options.get(section, {}).get(name)
                if found != value:
                    yield f"{target}.options: [{section}] {name} is {found}; expected {value}"
        if not (out.folder / options.get("libfuzzer", {}).get("dict", "?")).exists():
            yield f"{target}.options: dict names no file"


def check_machine_code(out):
    for target in out.targets():
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", out.folder / target],
                              stdout=subprocess.PIPE, check=True).stdout
        if b"file format elf64-x86-64" not in code:
            yield f"{target}: not for x86-64"
        for prefix, (least, most) in CALLS[out.sanitizer].items():
            calls = len(re.findall(rb"call\s+[0-9a-f]+ <" + prefix.encode(), code))
            if calls < least or (most is not None and calls > most):
                bound = f"at least {least}" if calls < least else f"at most {most}"
                yield f"{target}: {calls} calls of {prefix}*; expected {bound}"


def check_shared_objects(out):
    for target in out.targets():
        text = subprocess.run(["ldd", out.folder / target], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        for line in text.splitlines():
            name = os.path.basename(line.split()[0]).split(".so")[0]
            if name not in SHARED_OBJECTS:
                yield f"{target}: needs {line.strip()}"


def check_starts(out):
    for target in out.targets():
        for surroundings in SURROUNDINGS:
            status, text = out.run(target, "-seed=1337", "-runs=4", surroundings=surroundings,
                                   argv0="another name")
            if status != 0 or "Done 4 runs" not in text:
                yield f"{target}: no \"Done 4 runs\" with the options of {surroundings}: {last_lines(text)}"
            # A build for a coverage report has a profile instead of edges that guide the fuzzer.
            if "no interesting inputs were found" in text and out.sanitizer != "coverage":
                yield f"{target}: without coverage"


def short_inputs(out):
    inputs = []
    for content in (b"", b"\0", b"\xff", b"ab", b"\xff\xff\xff"):
        inputs.append(out.scratch / f"short-{len(inputs)}")
        inputs[-1].write_bytes(content)
    return inputs


def check_short_inputs(out):
    inputs = short_inputs(out)
    for target in out.targets():
        status, text = out.run(target, *inputs)
        if status != 0:
            yield f"{target}: ends with {status} on a short input: {last_lines(text)}"


def check_seeds_run(out):
    """Runs each seed. libFuzzer enforces the limits of time and memory of the services."""
    for target in out.targets():
        seeds = sorted(out.seeds(target).iterdir())
        status, text = out.run(target, f"-runs={out.seed_runs}", *seeds)
        if status != 0 or text.count("Executed ") < len(seeds):
            yield f"{target}: ends with {status} on a seed run {out.seed_runs} times: {last_lines(text)}"


def check_memory(out):
    if out.peak_mib >= MEMORY_MIB:
        yield f"{out.peak_mib} MiB at most; expected less than {MEMORY_MIB}"


def check_merges(out):
    for target in out.targets():
        merged = out.scratch / f"merged-{target}"
        merged.mkdir()
        merged.chmod(0o777)
        status, text = out.run(target, "-merge=1", merged, out.seeds(target))
        kept = any(merged.iterdir()) if out.sanitizer != "coverage" else any(out.scratch.glob("*.profraw"))
        if status != 0 or not kept:
            yield f"{target}: does not merge its seeds into an empty folder: {last_lines(text)}"


def check_inputs_replay(out):
    """Short inputs and the seeds, by the driver of AFL++."""
    for target in out.targets():
        inputs = short_inputs(out) + sorted(out.seeds(target).iterdir())
        status, text = out.replay(target, inputs)
        # The driver of AFL++ does not run an empty file.
        if status != 0 or text.count("Execution successful") < sum(path.stat().st_size > 0 for path in inputs):
            yield f"{target}: ends with {status} on a seed or a short input: {last_lines(text)}"


def check_fuzzes(out):
    """What an image's check of a build demands of AFL++, and that the edges guide it."""
    for target in out.targets():
        text, statistics = out.fuzz(target)
        if "All set and ready to roll" not in text or re.search("target binary (crashed|terminated)", text):
            yield f"{target}: AFL++ does not start: {last_lines(text)}"
            continue
        number = {name: int(statistics.get(name, 0)) for name in
                  ("execs_done", "total_edges", "corpus_count", "saved_crashes")}
        if number["execs_done"] < AFL_EXECUTIONS:
            yield f"{target}: {number['execs_done']} executions of {AFL_EXECUTIONS}: {last_lines(text)}"
        if number["total_edges"] < LEAST_EDGES:
            yield f"{target}: {number['total_edges']} edges are instrumented; expected {LEAST_EDGES}"
        if number["corpus_count"] < 2:
            yield f"{target}: AFL++ keeps no input"
        if number["saved_crashes"] != 0:
            yield f"{target}: AFL++ finds {number['saved_crashes']} crashes"


def check_writes_nothing(out):
    if out.stamp() != out.seen or any(out.elsewhere.iterdir()):
        yield "a target wrote outside of TMPDIR"


ALL = ("libfuzzer", "afl")
LIBFUZZER = ("libfuzzer",)
AFL = ("afl",)
CHECKS = (
    ("names", check_names, ALL),
    ("options", check_options, ALL),
    ("seeds, packed", check_seeds_are_packed, ALL),
    ("machine code", check_machine_code, ALL),
    ("shared objects", check_shared_objects, ALL),
    ("starts", check_starts, LIBFUZZER),
    ("short inputs", check_short_inputs, LIBFUZZER),
    ("seeds, run", check_seeds_run, LIBFUZZER),
    ("merge", check_merges, LIBFUZZER),
    ("inputs, replayed", check_inputs_replay, AFL),
    ("fuzzes", check_fuzzes, AFL),
    ("memory", check_memory, ALL),
    ("writes nothing", check_writes_nothing, ALL),
)


def say(engine, sanitizer, name, problems):
    print(f"{engine:9} {sanitizer:9} {name:16} {'ok' if not problems else 'WRONG'}", flush=True)
    for problem in problems:
        print(f"{'':10}   {problem}", flush=True)


def check(folder, engine, sanitizer, seed_runs):
    """Prints a line for each check. Returns the number of problems."""
    count = 0
    out = Out(folder, engine, sanitizer, seed_runs)
    try:
        for name, function, engines in CHECKS:
            if engine not in engines:
                continue
            try:
                problems = list(function(out))
            except (OSError, KeyError, ValueError, zipfile.BadZipFile, configparser.Error,
                    subprocess.CalledProcessError) as error:
                problems = [f"{type(error).__name__}: {error}"]
            say(engine, sanitizer, name, problems)
            count += len(problems)
        print(f"{engine:9} {sanitizer:9} {len(out.targets())} targets, {out.peak_mib} MiB at most", flush=True)
    finally:
        out.remove()
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sanitizer", action="append", choices=list(FLAGS))
    parser.add_argument("--engine", action="append", choices=list(ENGINE_VARIABLES))
    parser.add_argument("--work", default=str(ROOT / "build/service"))
    parser.add_argument("--out")
    parser.add_argument("--seed-runs", type=int, default=100)
    arguments = parser.parse_args()
    if arguments.out and arguments.engine is None:
        arguments.engine = ["libfuzzer"]
    wanted = [(engine, sanitizer) for engine, sanitizer in CONFIGURATIONS
              if engine in (arguments.engine or [engine]) and sanitizer in (arguments.sanitizer or [sanitizer])]
    if not wanted:
        parser.error("services do not build for this engine with this sanitizer")
    if arguments.out and len(wanted) != 1:
        parser.error("--out goes with one --sanitizer")
    count = 0
    not_run = []
    try:
        for engine, sanitizer in wanted:
            if needs(engine):
                not_run.append(f"not run: {engine} with {sanitizer}, for want of {needs(engine)}")
                continue
            if arguments.out:
                out = Path(arguments.out)
            else:
                out, problems = build(engine, sanitizer, arguments.work)
                say(engine, sanitizer, "build", problems)
                count += len(problems)
            count += check(out, engine, sanitizer, arguments.seed_runs)
    except Unusable as error:
        print(f"service-check: {error}", file=sys.stderr)
        sys.exit(2)
    for line in not_run:
        print(line)
    print("All other requirements of fuzzing services are met." if count == 0 and not_run else
          "All requirements of fuzzing services are met." if count == 0 else f"{count} problems.")
    sys.exit(1 if count else 2 if not_run else 0)


if __name__ == "__main__":
    main()
