"""The last results of ./run mutants and ./run coverage, read from the folder of builds."""

import glob
import os
import time


def date_of(path):
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(os.path.getmtime(path)))


def mutants(builds):
    """From the rows that ./run mutants wrote: the number of mutants found as expected, and the rows of the others.
    None if no mutant was tried."""
    rows = {}
    for path in sorted(glob.glob(os.path.join(builds, "mutants", "*", "row"))):
        with open(path, encoding="utf-8") as row:
            rows[path] = row.read().strip()
    if not rows:
        return None
    others = [text for text in rows.values() if "as expected:" not in text]
    return {"date": date_of(max(rows, key=os.path.getmtime)), "tried": len(rows),
            "as_expected": len(rows) - len(others), "others": others}


def coverage(builds):
    """The table of coverage and its date. None if there is no table."""
    path = os.path.join(builds, "coverage", "report", "table.txt")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as table:
        return {"date": date_of(path), "text": table.read().rstrip()}
