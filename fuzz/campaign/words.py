"""The messages that a campaign prints while it runs and at its end."""

import shutil
import sys

COLUMNS = "{:<18} {:>12} {:>10} {:>11} {:>7} {:>7}  {}"


def human(number):
    """A short form of the number: 1234567 gives "1.23 M"."""
    for least, divisor, form in ((1e9, 1e9, "{:.2f} G"), (1e6, 1e6, "{:.2f} M"), (1e4, 1e3, "{:.1f} k")):
        if number >= least:
            return form.format(number / divisor)
    return str(int(number))


def percent(ratio):
    return "-" if ratio is None else f"{100 * ratio:.1f} %"


class Progress:
    """A line with the progress of all targets that run. libFuzzer prints its status only for new inputs and at powers
    of two. The number of executions since then is estimated from the speed before, so it is approximate."""

    def __init__(self, output=sys.stdout):
        self.output = output
        self.is_terminal = output.isatty()
        self.heard = {}  # by target: executions, and the second at which the log first had this number

    def line(self, elapsed, runs):
        parts = [f"{elapsed:4d} s"]
        for run in runs:
            status = run.sample()
            executions, second = self.heard.get(run.target, (None, 0))
            if executions != status.executions:
                executions, second = self.heard[run.target] = (status.executions, elapsed)
            speed = executions // max(1, second)
            if run.exit_status is None:
                executions += speed * (elapsed - second)
            parts.append(f"{run.target.removesuffix('_fuzzer')} ~{human(executions)} runs, {human(speed)}/s, "
                         f"{status.edges} edges")
        return " | ".join(parts)

    def show(self, elapsed, runs):
        line = self.line(elapsed, runs)
        if not self.is_terminal:
            print(line, file=self.output, flush=True)
            return
        width = shutil.get_terminal_size((100, 24)).columns - 1
        print(f"\r{line[:width]:<{width}}", end="", file=self.output, flush=True)

    def end_line(self):
        if self.is_terminal:
            print(file=self.output)


REACH = "{:<38} {:>10} {:>10} {:>21}  {}"


def reach_rows(reach):
    """For each quantity: its name, the number of values, the minimum, the maximum, the powers of two that contain no
    value, and the powers of two for which the value before, at or after them does not occur."""
    return [(row["quantity"], row["values"], row.get("least", "-"), row.get("most", "-"), row.get("gaps", "-"),
             row.get("one_sided", "-")) for row in reach["quantities"]]


def reach_table(reach):
    """The table of the quantities that the kept inputs reach; empty for None."""
    if not reach:
        return ""
    lines = ["", f"The quantities that the {reach['scenarios']} kept inputs reach:",
             REACH.format("quantity", "values", "minimum", "maximum",
                          "powers of two without a value; without a neighbour")]
    lines += [REACH.format(*row[:4], f"{row[4]}; {row[5]}") for row in reach_rows(reach)]
    return "\n".join(lines)


def table(summary):
    """The table of results: a row for each target that ran."""
    lines = ["", COLUMNS.format("target", "executions", "exec/s", "vs. empty", "edges", "corpus", "violation")]
    for target in summary["targets"]:
        lines.append(COLUMNS.format(target["name"], target["executions"], human(target["executions_per_second"]),
                                    percent(target["ratio_to_empty"]), target["edges"], target["corpus"],
                                    target["finding"] or "none"))
    if summary["empty_executions_per_clock_second"]:
        lines.append(f"\nvs. empty: executions per {'CPU ' if summary['clock'] == 'cpu' else ''}second, against "
                     f"{human(summary['empty_executions_per_clock_second'])} of a target that does nothing.")
    return "\n".join(lines) + "\n" + reach_table(summary["reach"])
