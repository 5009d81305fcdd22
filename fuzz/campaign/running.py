"""A fuzz target that runs, in the background and to its end."""

import os
import resource
import signal
import subprocess
import time

import engine

POLL_SECONDS = 0.05
SHORT_POLL_SECONDS = 0.01  # where the time until the end is said


class Run:
    """One run of a target. Its processes are a group of their own, so that Ctrl-C reaches them through us."""

    def __init__(self, target, log, command, environment):
        self.target = target
        self.log = log
        self.exit_status = None  # None: it still runs
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0
        self.samples = []  # [seconds, executions, edges, corpus], each when the log first said so
        with open(log, "wb") as output:
            self.began = time.monotonic()
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def is_running(self):
        """Looks whether it has ended, and how."""
        if self.exit_status is not None:
            return False
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return True
        self._ended(status, usage)
        return False

    def wait(self):
        """Waits for the end."""
        if self.exit_status is None:
            _, status, usage = os.wait4(self.process.pid, 0)
            self._ended(status, usage)

    def _ended(self, status, usage: resource.struct_rusage):
        self.exit_status = self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.wall_seconds = time.monotonic() - self.began
        self.sample()

    def stop(self, number=signal.SIGINT):
        """Ends it as Ctrl-C does, or at once."""
        if self.exit_status is None:
            os.killpg(self.process.pid, number)

    def sample(self):
        """Notes where it is, if that is news. Returns the status that the log said last."""
        status = engine.status_of_log(self.log)
        now = time.monotonic() - self.began if self.exit_status is None else self.wall_seconds
        if not self.samples or status.executions != self.samples[-1][1]:
            self.samples.append([round(now, 1), status.executions, status.edges, status.corpus])
        return status

    def text(self):
        return engine.read_log(self.log)

    def has_crashed(self):
        return self.exit_status is not None and engine.has_crashed(self.exit_status, self.text())


def wait_for(runs, act):
    """Until all of `runs` have ended, calls `act()` once a second."""
    acted = time.monotonic()
    while any([run.is_running() for run in runs]):
        time.sleep(POLL_SECONDS)
        if time.monotonic() - acted >= 1:
            acted = time.monotonic()
            act()


def wait_within(run, seconds, stopping):
    """Waits for the end of a run, for so many seconds at most (None: no limit). Then, or once the event `stopping` is
    set, ends the run at once. Returns whether the run ended by itself."""
    try:
        while run.is_running():
            if stopping.is_set() or (seconds is not None and time.monotonic() - run.began > seconds):
                return False
            time.sleep(SHORT_POLL_SECONDS)
        return True
    finally:
        kill([run])


def kill(runs):
    """Ends those that still run, at once."""
    for run in runs:
        run.stop(signal.SIGKILL)
        run.wait()
