#!/usr/bin/env python3
"""Puts a known bug into programs of a build: the one tool for that (`./run mutants`, `./run repro
--mutant`, `./run generated-mutants`, the build's own programs with a bug).

    fuzz/mutant.py apply NAME FOLDER        FOLDER holds the changed files, and no other
    fuzz/mutant.py link NAME BUILD FOLDER PROGRAM...
                                            FOLDER/bin/PROGRAM is that of BUILD with the bug; the
                                            options and the dictionary of a fuzz target come too.
                                            Prints the subject that shows the bug; `each`: any does
    fuzz/mutant.py image NAME BUILD FOLDER [COMPILER]
                                            FOLDER/ring0.elf is the image of sim/ring0 with the bug, which
                                            the compiler (gcc, clang) of BUILD made. Prints the subject
    fuzz/mutant.py differs NAME BUILD FOLDER SUBJECT
                                            exit status 0: the object code of the subject has the bug;
                                            1: it is the same with and without the bug. BUILD has no
                                            debug information, which holds line numbers

NAME is a patch, fuzz/mutants/NAME.patch. A patch of axptr/ changes one subject (sim/subject) and
nothing of the simulator, which uses parts of the library for itself. That subject is the one of the
header line `# subject: NAME`, which says that no other subject has the bug; without such a line it is
`words`, which is what kernels compile. A patch of sim/ changes each object of the program that includes
a changed file.

Only what is changed is compiled again, with the flags that the build has for it, but for warnings, and
the changed files found first; then the program is linked as the build links it. A new object comes before
the archives, so that the linker leaves the archives' own object out. BUILD is a folder of CMake with
Ninja, in which the programs are built. Exit status: 2 a patch does not apply, compile or link.
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
    """The mutant cannot be had; the text says why."""


def run(command, cwd, cpu_seconds=resource.RLIM_INFINITY):
    """Runs `command`, for so many seconds of CPU time at most. Its output is shown where it fails."""
    limit = (cpu_seconds, cpu_seconds)
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit))
    if done.returncode != 0:
        raise Unusable(f"{done.stdout}failed: {shlex.join(command)}")
    return done.stdout


def names():
    """Of all mutants."""
    return sorted(os.path.basename(path).removesuffix(".patch")
                  for path in glob.glob(os.path.join(ROOT, "fuzz", "mutants", "*.patch")))


def corpus():
    """The scenarios that must show each mutant."""
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
        # As in a folder that is no part of a repository.
        ceiling = "GIT_CEILING_DIRECTORIES=" + os.path.dirname(os.path.abspath(folder))
        run(["env", ceiling, "git", "apply", self.path], cwd=folder)


class Build:
    """A build folder, and how it compiles and links. No compiler takes longer than `cpu_seconds`."""

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
        """The objects that are the subject: the one of sim/subject/, and those that take its place in some
        programs; but not those that have a bug already (axsim_with_mutant of sim/cli/CMakeLists.txt)."""
        entry = f"-DAXPTR_SUBJECT_ENTRY=axptr_{subject}_subject"
        return [name for name, command in self.commands.items()
                if entry in command and name.endswith("/axptr_subject.cc.o") and "/mutant_" not in name]

    def object_of_subject(self, subject):
        """The one of sim/subject/."""
        found = [name for name in self.objects_of_subject(subject) if f"/sim_subject_{subject}.dir/" in name]
        if len(found) != 1:
            raise Unusable(f"{self.folder}: expected one object of the subject {subject}, "
                           f"found {len(found)}")
        return found[0]

    def deps(self):
        """For each object the files of the tree that it is compiled from, headers too."""
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
        """The objects of the build that include, or are compiled from, one of `files`."""
        return [name for name, included in self.deps().items() if not included.isdisjoint(files)]

    def custom_command(self, output):
        """The command that ninja runs for `output`, which is not of compile_commands.json."""
        lines = run(["ninja", "-t", "commands", "-s", output], cwd=self.folder).strip().split("\n")
        return shlex.split(lines[-1].split("&&")[-1])

    def compile(self, name, sources, out, without=()):
        """Compiles object `name` into `out`, with the files that are in the folder `sources` from there, and without
        the options that match a pattern of `without`."""
        command = [word for word in self.commands[name] if not any(re.match(option, word) for option in without)]
        command[command.index("-o") + 1] = out
        source = command.index("-c") + 1
        changed = os.path.join(sources, os.path.relpath(command[source], ROOT))
        if os.path.exists(changed):
            command[source] = changed
        run(LAUNCHER + command[:1] + ["-iquote", sources] + command[1:] + ["-w"], cwd=self.folder,
            cpu_seconds=self.cpu_seconds)

    def link_command(self, program):
        """A new list. Ninja is asked once for each program."""
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
    """How the name of the archive ends that holds the object."""
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
    # An object of the program keeps that of the same subject in its archive out.
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
    """A patch of the simulator is in no image."""
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
