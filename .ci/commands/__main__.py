"""`run` calls this: the process becomes one that behaves as a script of shell does, then front.py."""

import signal

# Until a program is started (programs.py) Ctrl-C ends it without a traceback, and so does the end of a pipe.
# What is ignored stays ignored: a command in the background of a script.
if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(ignored_by_python, signal.SIG_DFL)

import os
import sys

import front
import programs

os.environ.pop("PYTHONCOERCECLOCALE", None)  # from `run`; not for programs
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="surrogateescape", line_buffering=True)
programs.go_to(programs.ROOT)
sys.exit(front.main(sys.argv[1:]))
