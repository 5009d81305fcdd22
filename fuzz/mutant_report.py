"""The report of `./run generated-mutants` (generated_mutants.py): the table of what noticed how many mutants, the list
of explained survivors, and the exit status.

The list, mutants/survivors.md, has two kinds of survivors, each below a heading of its own (KINDS): those that make no
difference, and those whose difference no test looks at. A share *of all* counts each mutant. A share of those *that
make a difference* leaves out the survivors of both nets that the list explains as making none: no test can notice
these. The goals are judged by the second share (docs/decisions/0086).
"""

import collections
import math
import os
import re

Change = collections.namedtuple("Change", "file number old new")
# `oracle` and `units` say what noticed the mutant, "" if nothing did.
# `finding`: what the oracle said, in a word. `state`: mutant, same code, no code.
Result = collections.namedtuple("Result", "change state oracle finding units seconds")
# The explained survivors of each kind, as describe() writes them.
Survivors = collections.namedtuple("Survivors", "no_difference difference")
KINDS = Survivors("## No difference", "## A difference that no test looks at")

LEAST_BY_ORACLE, LEAST_BY_BOTH = 90.0, 97.0  # per cent
# What a column counts, in the order of the table.
NETS = (lambda result: result.oracle in ("scripts", "corpus"), lambda result: result.oracle,
        lambda result: result.units, lambda result: result.oracle or result.units)
BY_ORACLE, BY_BOTH = NETS[1], NETS[3]
INTERRUPTED = 130


class Unreadable(Exception):
    """The list of survivors is wrong; the text begins with file and line."""


def describe(change):
    return f"{os.path.basename(change.file)}: {change.old.strip()} -> {change.new.strip()}"


def read_survivors(path):
    """The entries of the list at `path`: lines "- `` FILE: OLD -> NEW `` REASON" below one of the headings KINDS.
    Raises Unreadable for an entry that is below no such heading, without a reason, or a second time in the list, and
    for another heading of that level."""
    found, kind = Survivors(set(), set()), None
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line, place = line.rstrip(), f"{path}:{number}"
            if line.startswith("## "):
                if line not in KINDS:
                    raise Unreadable(f"{place}: {line}: expected one of: {', '.join(KINDS)}")
                kind = found[KINDS.index(line)]
            elif line.startswith("- ``"):
                entry = re.fullmatch(r"- `` (.+) `` (\S.*)", line)
                if not entry:
                    raise Unreadable(f"{place}: expected: - `` FILE: OLD -> NEW `` REASON")
                if kind is None:
                    raise Unreadable(f"{place}: below none of the headings: {', '.join(KINDS)}")
                if any(entry.group(1) in known for known in found):
                    raise Unreadable(f"{place}: is in the list already: {entry.group(1)}")
                kind.add(entry.group(1))
    return found


def wilson(count, tried):
    """The interval that holds the share of all with 95 % certainty, where `count` of the sample `tried` were counted,
    in per cent."""
    if not tried:
        return 0.0, 100.0
    z, share = 1.96, count / tried
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried)) / (1 + z * z / tried)
    return 100.0 * (middle - half), 100.0 * (middle + half)


def share(results, net):
    """The share of the results that the net noticed, in per cent; 100 of nothing."""
    return 100.0 * sum(1 for result in results if net(result)) / len(results) if results else 100.0


def mutants(results):
    return [result for result in results if result.state == "mutant"]


def survives(result):
    return not BY_BOTH(result)


def that_make_a_difference(results, survivors):
    """The mutants without the survivors of both nets that are explained as making no difference."""
    return [result for result in mutants(results)
            if not survives(result) or describe(result.change) not in survivors.no_difference]


def table(results, survivors):
    """The lines of the table: for each file the shares that each net noticed; for each folder and for all also the
    shares of those that make a difference. Below a share of a folder, and of all, stands its interval (wilson)."""
    def row(name, some):
        shares = "".join(f" {sum(1 for result in some if net(result)):6} {share(some, net):5.1f}%" for net in NETS)
        return f"{name:32} {len(some):7}{shares}"

    def total(name, some):
        for title, counted in ((name, mutants(some)),
                               ("  that make a difference", that_make_a_difference(some, survivors))):
            intervals = [wilson(sum(1 for result in counted if net(result)), len(counted)) for net in NETS]
            yield row(title, counted)
            yield f"{'':39}" + "".join(f" {low:5.1f} - {high:5.1f}" for low, high in intervals)

    yield f"{'':32} mutants  corpus alone  (a) with fuzzing  (b) unit tests  (c) both"
    for folder in sorted({os.path.dirname(result.change.file) for result in results}):
        own = [result for result in results if os.path.dirname(result.change.file) == folder]
        for file in sorted({result.change.file for result in own}):
            yield row(file, mutants([result for result in own if result.change.file == file]))
        yield from total(folder + "/", own)
    yield from total("all", results)


def missed_goal(results, survivors, arguments):
    """What is below its goal, "" if nothing is."""
    judged = that_make_a_difference(results, survivors)
    goals = [("(a)", BY_ORACLE, LEAST_BY_ORACLE)] if arguments.fuzz else []
    goals += [("(c)", BY_BOTH, LEAST_BY_BOTH)] if not arguments.oracle else []
    for name, net, least in goals:
        if share(judged, net) < least:
            return (f"{name} is {share(judged, net):.1f} % of those that make a difference; "
                    f"expected at least {least:.0f} %")
    return ""


def report(results, arguments, interrupted, survivors):
    """Prints the report; returns the exit status of the command."""
    print()
    print("\n".join(table(results, survivors)))
    for state, text in (("same code", "do not change the object code"), ("no code", "do not compile")):
        print(f"{sum(1 for result in results if result.state == state)} changes {text}")
    tried = mutants(results)
    survived = {describe(result.change) for result in tried if survives(result)}
    reasons = survivors.no_difference | survivors.difference
    unexplained = sorted(survived - reasons)
    for text in unexplained:
        print("not noticed by (a):" if arguments.oracle else "not explained in mutants/survivors.md:", text)
    killed = {describe(result.change) for result in tried} - survived
    gone = sorted(reasons & killed)
    for text in gone:
        print("explained in mutants/survivors.md, but killed:", text)
    if interrupted:
        return INTERRUPTED
    if arguments.survivors:
        return 1 if gone else 0
    missed = missed_goal(results, survivors, arguments)
    if missed:
        print(missed)
        return 1
    return 1 if not arguments.oracle and (unexplained or gone) else 0
