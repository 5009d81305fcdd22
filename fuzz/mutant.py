#!/usr/bin/env python3
"""Puts a known bug into programs of a build. All users of mutants call this tool: `./run mutants`,
`./run repro --mutant`, `./run generated-mutants`, and CMake for the programs of a build that have a bug.

    fuzz/mutant.py apply NAME FOLDER        writes the changed files, and no others, to FOLDER
    fuzz/mutant.py link NAME BUILD FOLDER PROGRAM...
                                            makes FOLDER/bin/PROGRAM, the PROGRAM of BUILD with the bug;
                                            copies the options and the dictionary of a fuzz target.
                                            Prints the subject that shows the bug; `each`: all do
    fuzz/mutant.py image NAME BUILD FOLDER [COMPILER]
                                            makes FOLDER/ring0.elf, the image of sim/ring0 of BUILD by
                                            the compiler (gcc, clang), with the bug. Prints the subject
    fuzz/mutant.py differs NAME BUILD FOLDER SUBJECT
                                            exit status 0: the bug changes the object code of the subject;
                                            1: the object code is the same. BUILD must have no debug
                                            information, because that contains line numbers

NAME is a patch, fuzz/mutants/NAME.patch. A patch of axptr/ changes one subject (sim/subject), and not
the simulator, which uses parts of the library itself. The header line `# subject: NAME` names that
subject, and says that no other subject has the bug. Without such a line the subject is `words`, which
has the code that kernels compile. A patch of sim/ changes each object of the program that includes a
changed file.

Only the changed objects are compiled again. They have the flags of the build, without warnings, and
find the changed files first. Then the program is linked with the command of the build. A new object
comes before the archives, so that the linker does not take the same object from an archive. BUILD is
a build folder of CMake with Ninja in which the programs are built. Exit status: 2 a patch does not
apply, compile or link.
"""

import argparse
import filecmp
import glob
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUBJECTS = ("vectors", "words")
DEFAULT_SUBJECT = "words"
LAUNCHER = ["ccache"] if shutil.which("ccache") and "CCACHE_DISABLE" not in os.environ else []


class Unusable(Exception):
    """The mutant cannot be made; the text gives the reason."""


def run(command, cwd, cpu_seconds=resource.RLIM_INFINITY):
    """Runs `command` with a limit of CPU time, and returns its output. Raises Unusable with the output if it fails."""
    limit = (cpu_seconds, cpu_seconds)
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit))
    if done.returncode != 0:
        raise Unusable(f"{done.stdout}failed: {shlex.join(command)}")
    return done.stdout


def names():
    """The names of all mutants."""
    return sorted(os.path.basename(path).removesuffix(".patch")
                  for path in glob.glob(os.path.join(ROOT, "fuzz", "mutants", "*.patch")))


def corpus():
    """The scenarios of the corpus that are replayed to find each mutant."""
    return [path for folder in ("*_fuzzer", "regressions")
            for path in sorted(glob.glob(os.path.join(ROOT, "corpus", folder, "*.scn")))]


class Patch:
    """A patch of fuzz/mutants/."""

    def __init__(self, name):
        self.path = os.path.join(ROOT, "fuzz", "mutants", name + ".patch")
        if not os.path.exists(self.path):
            raise Unusable(f"no such mutant: {name} (see fuzz/mutants/)")
        with open(self.path, encoding="utf-8") as lines:
            self.text = lines.read()
        self.files = re.findall(r"^\+\+\+ b/(\S+)", self.text, re.MULTILINE)
        self.is_of_library = all(file.startswith("axptr/") for file in self.files)

    def header(self, field):
        """The value of the header line `# FIELD: VALUE`; None without such a line."""
        found = re.search(rf"^# {field}: *(.*)$", self.text, re.MULTILINE)
        return found.group(1) if found else None

    def subject(self):
        if not self.is_of_library:
            return "each"
        subject = self.header("subject") or DEFAULT_SUBJECT
        if subject not in SUBJECTS:
            raise Unusable(f"{self.path}: subject: {subject}: expected one of {', '.join(SUBJECTS)}")
        return subject

    def apply(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        for file in self.files:
            os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
            shutil.copyfile(os.path.join(ROOT, file), os.path.join(folder, file))
        # git apply then treats the folder as one outside of any repository.
        ceiling = "GIT_CEILING_DIRECTORIES=" + os.path.dirname(os.path.abspath(folder))
        run(["env", ceiling, "git", "apply", self.path], cwd=folder)


class Build:
    """A build folder, with its commands that compile and link. `cpu_seconds` limits each run of the compiler."""

    def __init__(self, folder, cpu_seconds=resource.RLIM_INFINITY):
        self.cpu_seconds = cpu_seconds
        self.folder = os.path.abspath(folder)
        with open(os.path.join(self.folder, "compile_commands.json"), encoding="utf-8") as commands:
            entries = json.load(commands)
        self.commands = {}  # by object
        self.link_commands = {}  # by program
        for entry in entries:
            command = shlex.split(entry["command"])
            self.commands[command[command.index("-o") + 1]] = command

    def objects_of_subject(self, subject):
        """The objects of the subject: the one of sim/subject/, and the variants that replace it in some programs.
        Without the objects that have a bug already (axsim_with_mutant of sim/cli/CMakeLists.txt)."""
        entry = f"-DAXPTR_SUBJECT_ENTRY=axptr_{subject}_subject"
        return [name for name, command in self.commands.items()
                if entry in command and name.endswith("/axptr_subject.cc.o") and "/mutant_" not in name]

    def object_of_subject(self, subject):
        """The object of the subject in sim/subject/."""
        found = [name for name in self.objects_of_subject(subject) if f"/sim_subject_{subject}.dir/" in name]
        if len(found) != 1:
            raise Unusable(f"{self.folder}: expected one object of the subject {subject}, "
                           f"found {len(found)}")
        return found[0]

    def deps(self):
        """For each object the files of the tree, including headers, from which it is compiled."""
        found, name = {}, None
        for line in run(["ninja", "-t", "deps"], cwd=self.folder).split("\n"):
            if line and not line.startswith(" "):
                name = line.split(":")[0]
            elif name in self.commands:
                # ccache can make the paths relative.
                path = os.path.normpath(os.path.join(self.folder, line.strip()))
                if path.startswith(ROOT + os.sep):
                    found.setdefault(name, set()).add(os.path.relpath(path, ROOT))
        return found

    def objects_that_include(self, files):
        """The objects of the build that are compiled from one of `files` or include one of them."""
        return [name for name, included in self.deps().items() if not included.isdisjoint(files)]

    def custom_command(self, output):
        """The command that ninja runs for `output`, which is not in compile_commands.json."""
        lines = run(["ninja", "-t", "commands", "-s", output], cwd=self.folder).strip().split("\n")
        return shlex.split(lines[-1].split("&&")[-1])

    def compile(self, name, sources, out, without=()):
        """Compiles object `name` into `out`. Files that exist in the folder `sources` replace those of the tree.
        Options that match a pattern of `without` are left out."""
        command = [word for word in self.commands[name] if not any(re.match(option, word) for option in without)]
        command[command.index("-o") + 1] = out
        source = command.index("-c") + 1
        changed = os.path.join(sources, os.path.relpath(command[source], ROOT))
        if os.path.exists(changed):
            command[source] = changed
        run(LAUNCHER + command[:1] + ["-iquote", sources] + command[1:] + ["-w"], cwd=self.folder,
            cpu_seconds=self.cpu_seconds)

    def link_command(self, program):
        """A new list. Ninja is called once for each program."""
        if program not in self.link_commands:
            line = run(["ninja", "-t", "commands", f"bin/{program}"], cwd=self.folder).strip().split("\n")[-1]
            self.link_commands[program] = shlex.split(line.split("&&")[1])
        return list(self.link_commands[program])

    def link(self, program, replaced, out):
        """Links bin/`program` into `out`, with the objects `replaced` (old name: new path)."""
        command = self.link_command(program)
        command[command.index("-o") + 1] = out
        new = [path for name, path in replaced.items() if name not in command]
        command = [replaced.get(word, word) for word in command]
        run(command[:1] + new + command[1:], cwd=self.folder)


def archive_of(name):
    """The last part of the path of the archive that contains the object."""
    return "/lib" + re.search(r"CMakeFiles/(\w+)\.dir/", name).group(1) + ".a"


def changed_objects(patch, build, program):
    """The objects of the program that the patch changes."""
    if patch.is_of_library:
        names = build.objects_of_subject(patch.subject())
    else:
        names = build.objects_that_include(patch.files)
    command = build.link_command(program)
    linked = [name for name in names if name in command]
    archived = [name for name in names
                if any(word.endswith(archive_of(name)) for word in command)]
    # If the program links an object of the subject directly, the linker does not take the archive's.
    return linked if patch.is_of_library and linked else linked + archived


def link(patch, build, folder, programs):
    sources = os.path.join(folder, "source")
    patch.apply(sources)
    os.makedirs(os.path.join(folder, "bin"), exist_ok=True)
    compiled = {}
    for program in programs:
        names = changed_objects(patch, build, program)
        if not names:
            raise Unusable(f"{program} has no object that {patch.path} changes")
        for name in names:
            if name not in compiled:
                compiled[name] = os.path.join(folder, name.replace("/", "_"))
                build.compile(name, sources, compiled[name])
        build.link(program, {name: compiled[name] for name in names},
                   os.path.join(folder, "bin", program))
        for beside in (program + ".options", program + ".dict"):
            if os.path.exists(os.path.join(build.folder, "bin", beside)):
                shutil.copy(os.path.join(build.folder, "bin", beside), os.path.join(folder, "bin"))


def image(patch, build, folder, compiler="gcc"):
    """Makes the image with the bug. Raises Unusable for a patch of the simulator: the image has no code of it."""
    if not patch.is_of_library:
        raise Unusable(f"{patch.path} changes the simulator, of which the image has nothing")
    name, program = (f"sim/ring0/{compiler}/{file}" for file in (patch.subject() + ".o", "ring0.elf"))
    sources = os.path.join(folder, "source")
    patch.apply(sources)
    out = os.path.join(folder, f"{patch.subject()}.o")
    command = build.custom_command(name)
    first = next(i for i, word in enumerate(command) if re.search(r"(\+\+|clang)[^/]*$", word))
    command[command.index("-o") + 1] = out
    run(LAUNCHER + [command[first], "-iquote", sources] + command[first + 1:] + ["-w"], cwd=build.folder,
        cpu_seconds=build.cpu_seconds)
    link_command = build.custom_command(program)
    link_command[link_command.index("-o") + 1] = os.path.join(folder, "ring0.elf")
    run([out if word.endswith("/" + name) else word for word in link_command], cwd=build.folder)


def differs(patch, build, folder, subject):
    name = build.object_of_subject(subject)
    sources = os.path.join(folder, "source")
    patch.apply(sources)
    out = os.path.join(folder, f"{subject}.o")
    build.compile(name, sources, out)
    return not filecmp.cmp(out, os.path.join(build.folder, name), shallow=False)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("command", choices=("apply", "link", "image", "differs"))
    parser.add_argument("name")
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    patch = Patch(given.name)
    if given.command == "apply":
        patch.apply(os.path.abspath(given.arguments[0]))
        return 0
    build, folder, *rest = given.arguments
    folder = os.path.abspath(folder)
    os.makedirs(folder, exist_ok=True)
    if given.command == "link":
        link(patch, Build(build), folder, rest)
        print(patch.subject())
        return 0
    if given.command == "image":
        image(patch, Build(build), folder, *rest)
        print(patch.subject())
        return 0
    return 0 if differs(patch, Build(build), folder, rest[0]) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as error:
        print(error, file=sys.stderr)
        sys.exit(2)
