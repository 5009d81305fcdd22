"""What ./run mutants and ./run coverage said last, as they left it in the folder of builds."""

import glob
import os
import time


def date_of(path):
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(os.path.getmtime(path)))


def mutants(builds):
    """Of the rows that the mutants left: how many were found as they should be, and the other rows. None if none
    were tried."""
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
    """The table, and when it was printed. None if there is none."""
    path = os.path.join(builds, "coverage", "report", "table.txt")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as table:
        return {"date": date_of(path), "text": table.read().rstrip()}
