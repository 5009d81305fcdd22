"""Parallel work on many mutants that Ctrl-C ends cleanly: for ./run mutants, ./run generated-mutants and ./run ring0
--mutants."""

import concurrent.futures
import os
import signal
import threading

INTERRUPTED = 130  # the exit status of a command that was interrupted


class Interrupted(Exception):
    """Raised by work that stops because it was interrupted."""


def stops_on_interrupt():
    """Returns an event that the first SIGINT or SIGTERM sets. The second signal ends the process at once."""
    stopping = threading.Event()

    def interrupt(*_):
        if stopping.is_set():
            os._exit(INTERRUPTED)
        stopping.set()
        os.write(2, b"\nEnding; once more ends it at once.\n")

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    return stopping


def results(work, items, jobs, stopping):
    """Yields the result of `work` for each of `items`, in order of completion. At most `jobs` calls run at a time.
    After the event `stopping` is set, no new call starts, and running calls yield nothing, because their programs may
    have been interrupted, too."""
    def attempt(item):
        if stopping.is_set():
            return None
        try:
            result = (work(item),)
        except Exception:
            if stopping.is_set():
                return None
            raise
        return None if stopping.is_set() else result

    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        for ended in concurrent.futures.as_completed([pool.submit(attempt, item) for item in items]):
            result = ended.result()
            if result:
                yield result[0]
    finally:
        pool.shutdown(cancel_futures=True)
