"""Commands that start fuzz targets, and the parser of their logs. afl.py starts the targets under AFL++ and writes
its log in the format of libFuzzer."""

import os
import re
import shutil
import signal
import sys
from typing import NamedTuple

TAIL_BYTES = 65536


class Status(NamedTuple):
    """The progress of a target, from the last status line of its log."""

    executions: int = 0
    speed: int = 0  # executions per second, as computed by the engine
    edges: int = 0
    corpus: int = 0  # number of inputs that the engine keeps


def options_of(path, section):
    """The lines NAME = VALUE of a section of an .options file, as NAME=VALUE. Fuzzing services read the same
    file."""
    found, current = [], None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("["):
                current = line
            elif current == f"[{section}]" and "=" in line:
                found.append(line.replace(" ", ""))
    return found


def flags(build, target):
    """The flags for the engine that the target's .options file contains."""
    folder = os.path.join(build, "bin")
    return ["-" + option.replace("dict=", f"dict={folder}/", 1) if option.startswith("dict=") else "-" + option
            for option in options_of(os.path.join(folder, target + ".options"), "libfuzzer")]


def environment(build, target):
    """The environment of the target. Sanitizer options of its .options file come before those of the caller."""
    made = dict(os.environ)
    made.setdefault("ASAN_SYMBOLIZER_PATH", shutil.which("llvm-symbolizer-19") or "")
    made.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    own = options_of(os.path.join(build, "bin", target + ".options"), "asan")
    made["ASAN_OPTIONS"] = ":".join(own + [made.get("ASAN_OPTIONS", "")])
    return made


class Limits(NamedTuple):
    """When a target ends by itself. `seed` 0: the engine chooses a new seed for each run."""

    seconds: int
    runs: int = 0  # 0: no limit
    seed: int = 0


def command(engine, build, target, limits, crashes, folders):
    """The command that fuzzes. It writes findings to the folder `crashes`, and the inputs that it keeps to the first
    of `folders`. Without folders it keeps no inputs."""
    if engine == "afl":
        adapter = os.path.join(os.path.dirname(os.path.abspath(__file__)), "afl.py")
        return [sys.executable, adapter, f"--seconds={limits.seconds}", f"--runs={limits.runs}",
                f"--seed={limits.seed}", f"--crashes={crashes}", build, target, *folders]
    made = [os.path.join(build, "bin", target), *flags(build, target), f"-max_total_time={limits.seconds}",
            "-print_final_stats=1", f"-artifact_prefix={crashes}/"]
    if limits.runs:
        made.append(f"-runs={limits.runs}")
    if limits.seed:
        made.append(f"-seed={limits.seed}")
    return made + folders


def last_status(text):
    """The last Status in the log `text`."""
    lines = re.findall(r"^#(\d+)\t(.*)$", text, re.MULTILINE)
    executions, said = lines[-1] if lines else ("0", "")
    units = re.findall(r"^stat::number_of_executed_units:\s*(\d+)", text, re.MULTILINE)
    if units:
        executions = units[-1]

    def value(name):
        found = re.search(rf"\b{name}: (\d+)", said)
        return int(found.group(1)) if found else 0

    return Status(int(executions), value("exec/s"), value("cov"), value("corp"))


def read_log(path, last_bytes=None):
    """The log, or its last `last_bytes`. The last status line can be far from the end, because an engine prints a
    recommended dictionary after it."""
    with open(path, "rb") as log:
        if last_bytes:
            log.seek(max(0, os.path.getsize(path) - last_bytes))
        return log.read().decode("utf-8", "replace")


def status_of_log(path):
    """The last Status of a log, which may be long and still grow. Reads the whole log only if its end is not
    enough."""
    status = last_status(read_log(path, TAIL_BYTES))
    return status if status.executions and status.edges else last_status(read_log(path))


def has_crashed(exit_status, text):
    """Whether the target ended because of a finding or an error, and not at its time limit or by an interrupt. An
    interrupt may come before the engine handles it. A target that has executed nothing counts as crashed."""
    if exit_status == 0:
        return last_status(text).executions == 0  # no silent success
    return exit_status != -signal.SIGINT and "libFuzzer: run interrupted" not in text


def finding(exit_status, text):
    """A short name of what ended the target: a violation, a crash, unusable settings, or a facet that AXPTR_REQUIRE
    names and that the target cannot judge."""
    violation = re.search(r"^VIOLATION (\S+)", text, re.MULTILINE)
    if violation:
        return violation.group(1)
    summary = re.findall(r"^SUMMARY: (.*)$", text, re.MULTILINE)
    if summary:
        return "crash: " + summary[-1].strip()
    return {0: "nothing was executed", 2: "unusable", 3: "not judged"}.get(exit_status, "crash")


def crash_file(text):
    """The file to which the engine wrote the crashing input; empty if there is none."""
    written = re.findall(r"Test unit written to (.*)$", text, re.MULTILINE)
    return written[-1].strip() if written else ""


def not_judged(text):
    """The lines at the start of the log that say what no run of the target can judge. Verbs that the subject does not
    offer are merged into one line."""
    verbs, others = [], []
    for line in sorted(set(re.findall(r"^not judged: .*$", text, re.MULTILINE))):
        verb = re.fullmatch(r"not judged: (.*): not offered by the subject", line)
        if verb:
            verbs.append(verb.group(1))
        else:
            others.append(line)
    if verbs:
        others.append(f"not judged: {', '.join(verbs)}: not offered by the subject")
    return others
