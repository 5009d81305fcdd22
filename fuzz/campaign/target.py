#!/usr/bin/env python3
"""One fuzz target, for the scripts of fuzz/ and for ctest:

    target.py run BUILD TARGET ARGUMENT...
                            becomes the target, with the options of its .options file
    target.py fuzz BUILD TARGET LOG SECONDS SEED CRASHES
                            fuzzes from nothing, output to LOG, and prints how it ended: `ended` or `crashed`,
                            executions, seconds
    target.py finding LOG   prints in a word what ended it (of a log that has no status: `crash`)
"""

import os
import signal
import sys

import engine
import running


def run(build, target, *arguments):
    program = os.path.join(build, "bin", target)
    os.execve(program, [program, *engine.flags(build, target), *arguments], engine.environment(build, target))


def fuzz(build, target, log, seconds, seed, crashes):
    made = engine.command("libfuzzer", build, target, engine.Limits(int(seconds), seed=int(seed)), crashes, [])
    one = running.Run(target, log, made, engine.environment(build, target))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        one.wait()
    finally:
        running.kill([one])
    print("crashed" if one.has_crashed() else "ended", engine.status_of_log(log).executions,
          f"{one.wall_seconds:.2f}")


def finding(log):
    print(engine.finding(-1, engine.read_log(log)))


if __name__ == "__main__":
    {"run": run, "fuzz": fuzz, "finding": finding}[sys.argv[1]](*sys.argv[2:])
