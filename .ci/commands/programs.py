"""Programs that the commands start: where they run, their exit status, and Ctrl-C.

A program stands in the foreground: Ctrl-C reaches it as well as its parent. The parent waits, and goes by what the
program makes of it, as a shell does: a program that ends with a status of its own has handled it; with one that
SIGINT killed the command ends, too.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CALLER = os.environ.get("PWD") or os.getcwd()  # that file names in the arguments are relative to; bash sets PWD
JOBS = str(len(os.sched_getaffinity(0)))

_started = time.monotonic()


class Stop(Exception):
    """The command ends with `status`; the text, if there is one, says why."""

    def __init__(self, status, text=""):
        super().__init__(text)
        self.status = status


def seconds():
    """Since the command began, whole ones."""
    return int(time.monotonic() - _started)


def say(text):
    print(f"\n== {text}", flush=True)


def go_to(folder):
    """Makes `folder` the working folder, by this name also for programs that ask the environment."""
    os.chdir(folder)
    os.environ["OLDPWD"] = os.environ.get("PWD", CALLER)
    os.environ["PWD"] = folder


def flush():
    """What was said comes before what the next program says."""
    sys.stdout.flush()
    sys.stderr.flush()


@contextlib.contextmanager
def leaving_interrupts_to_programs():
    """Within it, SIGINT does not end this process. A program that is started in it has the default."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def exit_status(returncode):
    """That of a program, as a shell has it: 128 + N if signal N ended it. SIGINT ends this process, too."""
    if returncode == -signal.SIGINT:
        flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return returncode if returncode >= 0 else 128 - returncode


def cannot_start(program, error):
    """Says so. The status that a shell has for it."""
    print(f"./run: {program}: {error.strerror}", file=sys.stderr)
    return 127 if isinstance(error, FileNotFoundError) else 126


def status_of(*command, **how):
    """Runs the program with `how` of subprocess.run(). Its exit status; 126 or 127: it cannot be started."""
    flush()
    try:
        with leaving_interrupts_to_programs():
            returncode = subprocess.run(command, check=False, **how).returncode
    except OSError as error:
        return cannot_start(command[0], error)
    return exit_status(returncode)


def must(*command, **how):
    """Runs the program. If it fails, its status is that of the command."""
    status = status_of(*command, **how)
    if status != 0:
        raise Stop(status)


def output_of(*command):
    """What the program prints, and its exit status, as of status_of()."""
    flush()
    try:
        with leaving_interrupts_to_programs():
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, errors="surrogateescape", check=False)
    except OSError as error:
        return "", cannot_start(command[0], error)
    return done.stdout, exit_status(done.returncode)


def status_and_log(log, *command):
    """Runs the program; what it prints is shown, and kept in the file `log`. Its exit status, as of status_of()."""
    flush()
    with leaving_interrupts_to_programs(), open(log, "wb") as file:
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            return cannot_start(command[0], error)
        with process:
            for chunk in iter(lambda: process.stdout.read1(1 << 16), b""):
                file.write(chunk)
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
    return exit_status(process.returncode)


def become(*command):
    """Goes on as the program: its exit status is that of ./run, and Ctrl-C is its own matter. Does not return."""
    flush()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise Stop(cannot_start(command[0], error)) from None


def show_file(path, stream=None):
    """Copies the text file to the stream, or to standard output."""
    with open(path, encoding="utf-8", errors="surrogateescape") as text:
        shutil.copyfileobj(text, stream or sys.stdout)


def remove(path):
    """Removes the file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def say_not_run(path, *lines):
    """Says which parts were not run, also in a file, which ./run check shows."""
    text = "".join(f"not run: {line}\n" for line in lines)
    print(text, end="")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def configured(log, *command, stderr=None):
    """Runs a command of cmake that writes into the file `log`, which is shown if it fails. Whether it went well."""
    with open(log, "wb") as text:
        status = status_of(*command, stdout=text, stderr=stderr)
    if status != 0:
        show_file(log, sys.stderr)
    return status == 0


def build(preset, *targets, stdout=None):
    """Configures and builds into build/PRESET: all, or these targets. The exit status of the build. Ends the command
    with 2 where it cannot be configured."""
    os.makedirs("build", exist_ok=True)
    if not configured(f"build/{preset}-configure.log", "cmake", "--preset", preset, stderr=subprocess.STDOUT):
        raise Stop(2)
    chosen = ("--target", *targets) if targets else ()
    return status_of("cmake", "--build", "--preset", preset, "--parallel", JOBS, *chosen, stdout=stdout)


def must_build(preset, *targets, stdout=None):
    """As build(). If it fails, its status is that of the command."""
    status = build(preset, *targets, stdout=stdout)
    if status != 0:
        raise Stop(status)
