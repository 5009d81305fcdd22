"""The summary of a campaign: one JSON object, described in docs/fuzzing.md."""

import json
import os
import subprocess
import time

VERSION = 1
MOST_SAMPLES = 200
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def thinned(samples):
    """At most MOST_SAMPLES of the samples, including the first and the last."""
    if len(samples) <= MOST_SAMPLES:
        return samples
    step = (len(samples) - 1) / (MOST_SAMPLES - 1)
    return [samples[round(i * step)] for i in range(MOST_SAMPLES)]


def commit():
    """The commit of the tree, followed by a plus if files differ from the commit; empty outside of a repository."""
    said = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--exclude=*", "--dirty=+"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return said.stdout.strip()


def per_second(count, seconds):
    return round(count / seconds) if seconds > 0 else 0


def speed(run, clock):
    """Executions per second of the run, by the clock `cpu` or `wall`."""
    return per_second(run.sample().executions, run.cpu_seconds if clock == "cpu" else run.wall_seconds)


def of_target(run, found, clock, empty_speed, not_judged):
    """The entry of a run that has ended. `found` names its finding; None if there is none."""
    status = run.sample()
    return {"name": run.target,
            "executions": status.executions,
            "seconds": round(run.wall_seconds, 2),
            "executions_per_second": speed(run, "wall"),
            "executions_per_clock_second": speed(run, clock),
            "ratio_to_empty": round(speed(run, clock) / empty_speed, 4) if empty_speed else None,
            "edges": status.edges,
            "corpus": status.corpus,
            "finding": found,
            "not_judged": not_judged,
            "samples": thinned(run.samples)}


def write(summary, path):
    """Writes a temporary file, then renames it to `path`, so that `path` is never incomplete."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=1)
        file.write("\n")
    os.replace(temporary, path)


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
