#!/usr/bin/env python3
"""Checks the requirements of fuzzing services (ClusterFuzzLite, OSS-Fuzz) on .clusterfuzzlite/build.sh and
on the folder $OUT that it fills, without docker: `./run service-check`.

    service_check.py [--sanitizer NAME]... [--work FOLDER] [--seed-runs N]
    service_check.py --out FOLDER --sanitizer NAME [--seed-runs N]

Without --out it builds twice for each sanitizer (address, undefined, coverage) into empty folders in FOLDER
(build/service), with the variables that a service sets, with clang 19 and libc++. Both builds must give
the same files. Then every check runs on a read-only copy of $OUT in another place, as a user who may not
write to any folder of this tree. --seed-runs: how often each seed is run (100).
Exit status: 0 all checks pass; 1 a problem was found and printed; 2 the checks could not be made.
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
KEPT_OUT = {"canary_fuzzer", "empty_fuzzer"}
ENTRY = b"LLVMFuzzerTestOneInput"
# The shared objects that the images of a service have. The images link libc++ statically; Debian's libFuzzer needs
# libstdc++.
SHARED_OBJECTS = {"linux-vdso", "ld-linux-x86-64", "libc", "libm", "libdl", "libpthread", "librt", "libgcc_s",
                  "libresolv", "libc++", "libc++abi", "libunwind", "libstdc++"}

COMMON_FLAGS = ("-O1 -fno-omit-frame-pointer -gline-tables-only "
                "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION")
ENGINE_FLAGS = "-fsanitize=fuzzer-no-link"
UNDEFINED = ("array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,"
             "returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr")
FLAGS = {
    "address": f"-fsanitize=address -fsanitize-address-use-after-scope {ENGINE_FLAGS}",
    "undefined": (f"-fsanitize={UNDEFINED},unsigned-integer-overflow "
                  f"-fno-sanitize-recover={UNDEFINED} {ENGINE_FLAGS}"),
    "coverage": ("-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm "
                 "-Wno-unused-command-line-argument"),
}
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
WANTED_OPTIONS = {
    "asan": {"allow_user_segv_handler": "1", "handle_segv": "1", "handle_sigbus": "1",
             "detect_stack_use_after_return": "0"},
    "ubsan": {"allow_user_segv_handler": "1", "handle_segv": "1", "handle_sigbus": "1"},
}


class Unusable(Exception):
    """The checks cannot be made; the text gives the reason."""


# ---- The build ----

def build_environment(sanitizer, sources, work, out):
    flags = f"{COMMON_FLAGS} {FLAGS[sanitizer]}"
    names = ("PATH", "HOME", "CCACHE_DIR", "CCACHE_CONFIGPATH", "LANG")
    return {name: os.environ[name] for name in names if name in os.environ} | {
        "SANITIZER": sanitizer, "FUZZING_ENGINE": "libfuzzer", "FUZZING_LANGUAGE": "c++",
        "ARCHITECTURE": "x86_64", "CC": "clang-19", "CXX": "clang++-19", "CFLAGS": flags,
        "CXXFLAGS": f"{flags} -stdlib=libc++", "UBSAN_OPTIONS": "silence_unsigned_overflow=1",
        # Unlike the libFuzzer of the images, Debian's needs libstdc++.
        "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer -l:libstdc++.so.6",
        "SRC": str(sources), "WORK": str(work), "OUT": str(out)}


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


def build(sanitizer, work):
    """Builds twice; returns ($OUT, problems)."""
    folder = Path(work) / sanitizer
    folder.mkdir(parents=True, exist_ok=True)
    sources = Path(work) / "src"
    if not (sources / "abseil-cpp/CMakeLists.txt").exists():
        raise Unusable(f"no sources of Abseil in {sources}/abseil-cpp")
    link = sources / "axptr"
    if not link.is_symlink():
        link.symlink_to(ROOT)
    environment = build_environment(sanitizer, sources, folder / "work", folder / "out")
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
    if sanitizer == "address":
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

    def __init__(self, folder, sanitizer, seed_runs):
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
            environment[variable] = ":".join([text] + [f"{name}={value}" for name, value in own.items()])
        return environment

    def run(self, target, *arguments, surroundings="base-runner", argv0=None, cwd=None):
        """Runs a target of libFuzzer as a service does. Returns (exit status, output)."""
        options = self.options(target)
        flags = [f"-{name}={value}" for name, value in options.get("libfuzzer", {}).items()
                 if name != "dict"]
        path = str(self.folder / target)
        command = [argv0 or path, f"-rss_limit_mb={MEMORY_MIB}", f"-timeout={SECONDS}", *flags,
                   f"-dict={path}.dict", *map(str, arguments)]
        root = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with tempfile.TemporaryFile() as output:
            with subprocess.Popen(command, executable=path, cwd=cwd or self.elsewhere,
                                  env=self.environment(options, surroundings), stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=subprocess.STDOUT, **root) as process:
                limit = threading.Timer(HANGS_AFTER, process.kill)
                limit.start()
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                limit.cancel()
            self.peak_mib = max(self.peak_mib, usage.ru_maxrss // 1024)
            output.seek(0)
            return process.returncode, output.read().decode(errors="replace")


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


def check_short_inputs(out):
    inputs = []
    for content in (b"", b"\0", b"\xff", b"ab", b"\xff\xff\xff"):
        inputs.append(out.scratch / f"short-{len(inputs)}")
        inputs[-1].write_bytes(content)
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


def check_writes_nothing(out):
    if out.stamp() != out.seen or any(out.elsewhere.iterdir()):
        yield "a target wrote outside of TMPDIR"


CHECKS = (
    ("names", check_names),
    ("options", check_options),
    ("seeds, packed", check_seeds_are_packed),
    ("machine code", check_machine_code),
    ("shared objects", check_shared_objects),
    ("starts", check_starts),
    ("short inputs", check_short_inputs),
    ("seeds, run", check_seeds_run),
    ("merge", check_merges),
    ("memory", check_memory),
    ("writes nothing", check_writes_nothing),
)


def check(folder, sanitizer, seed_runs):
    """Prints a line for each check. Returns the number of problems."""
    count = 0
    out = Out(folder, sanitizer, seed_runs)
    try:
        for name, function in CHECKS:
            try:
                problems = list(function(out))
            except (OSError, KeyError, ValueError, zipfile.BadZipFile, configparser.Error,
                    subprocess.CalledProcessError) as error:
                problems = [f"{type(error).__name__}: {error}"]
            print(f"{sanitizer:10} {name:16} {'ok' if not problems else 'WRONG'}", flush=True)
            for problem in problems:
                print(f"{'':10}   {problem}", flush=True)
            count += len(problems)
        print(f"{sanitizer:10} {len(out.targets())} targets, {out.peak_mib} MiB at most", flush=True)
    finally:
        out.remove()
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sanitizer", action="append", choices=list(FLAGS))
    parser.add_argument("--work", default=str(ROOT / "build/service"))
    parser.add_argument("--out")
    parser.add_argument("--seed-runs", type=int, default=100)
    arguments = parser.parse_args()
    sanitizers = arguments.sanitizer or list(FLAGS)
    if arguments.out and len(sanitizers) != 1:
        parser.error("--out goes with one --sanitizer")
    count = 0
    try:
        for sanitizer in sanitizers:
            if arguments.out:
                out, problems = Path(arguments.out), []
            else:
                out, problems = build(sanitizer, arguments.work)
                print(f"{sanitizer:10} {'build':16} {'ok' if not problems else 'WRONG'}", flush=True)
                for problem in problems:
                    print(f"{'':10}   {problem}", flush=True)
            count += len(problems) + check(out, sanitizer, arguments.seed_runs)
    except Unusable as error:
        print(f"service-check: {error}", file=sys.stderr)
        sys.exit(2)
    print("All requirements of fuzzing services are met." if count == 0 else f"{count} problems.")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
