"""Runs fuzz targets in the background, and waits for their end."""

import os
import resource
import signal
import subprocess
import time

import engine

POLL_SECONDS = 0.05
SHORT_POLL_SECONDS = 0.01  # used where the running time is reported


class Run:
    """One run of a target. Its processes form their own process group: Ctrl-C does not reach them directly; stop()
    interrupts them."""

    def __init__(self, target, log, command, environment):
        self.target = target
        self.log = log
        self.exit_status = None  # None: the target still runs
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0
        self.samples = []  # [seconds, executions, edges, corpus], taken when the log first had these values
        with open(log, "wb") as output:
            self.began = time.monotonic()
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def is_running(self):
        """Whether the target still runs. If it has ended, records its exit status and times."""
        if self.exit_status is not None:
            return False
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return True
        self._ended(status, usage)
        return False

    def wait(self):
        """Waits until the target ends."""
        if self.exit_status is None:
            _, status, usage = os.wait4(self.process.pid, 0)
            self._ended(status, usage)

    def _ended(self, status, usage: resource.struct_rusage):
        self.exit_status = self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.wall_seconds = time.monotonic() - self.began
        self.sample()

    def stop(self, number=signal.SIGINT):
        """Sends a signal to the target: the one of Ctrl-C, or SIGKILL."""
        if self.exit_status is None:
            os.killpg(self.process.pid, number)

    def sample(self):
        """Returns the last status in the log. Appends it to `samples` if it is new."""
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
    """Waits until all of `runs` have ended. Meanwhile calls `act()` once a second."""
    acted = time.monotonic()
    while any([run.is_running() for run in runs]):
        time.sleep(POLL_SECONDS)
        if time.monotonic() - acted >= 1:
            acted = time.monotonic()
            act()


def wait_within(run, seconds, stopping):
    """Waits for the end of a run. Kills the run after `seconds` (None: no limit), or when the event `stopping` is set.
    Returns whether the run ended by itself."""
    try:
        while run.is_running():
            if stopping.is_set() or (seconds is not None and time.monotonic() - run.began > seconds):
                return False
            time.sleep(SHORT_POLL_SECONDS)
        return True
    finally:
        kill([run])


def kill(runs):
    """Kills those of `runs` that still run."""
    for run in runs:
        run.stop(signal.SIGKILL)
        run.wait()
