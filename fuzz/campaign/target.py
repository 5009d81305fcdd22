#!/usr/bin/env python3
"""Runs one fuzz target, for the scripts of fuzz/ and for ctest:

    target.py run BUILD TARGET ARGUMENT...
                            executes the target with the options of its .options file
"""

import os
import sys

import engine


def run(build, target, *arguments):
    program = os.path.join(build, "bin", target)
    os.execve(program, [program, *engine.flags(build, target), *arguments], engine.environment(build, target))


if __name__ == "__main__":
    {"run": run}[sys.argv[1]](*sys.argv[2:])
