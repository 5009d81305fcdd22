"""A command line of ./run: finds the command in the table, installs what it needs, and calls its function."""

import sys

import packages
import programs
import table


def main(arguments):
    """The exit status."""
    name, rest = (arguments[0] if arguments else "") or "help", arguments[1:]
    if name in ("help", "-h", "--help"):
        print(table.usage())
        return 0
    command = table.COMMANDS.get(name)
    if command is None:
        print(f"{table.usage()}\n\n./run: no command {name}", file=sys.stderr)
        return 2
    try:
        if rest and rest[0] in command.answers:
            programs.become(*command.answers[rest[0]])
        given = command.parse(rest)
        packages.need(*command.needs)
        packages.want(*command.wants)
        return command.function(given) or 0
    except programs.Stop as stop:
        if str(stop):
            print(stop, file=sys.stderr)
        return stop.status
