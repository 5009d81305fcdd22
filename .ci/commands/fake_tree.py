"""For the tests: a tree in which ./run starts stubs alone, which log how they are called."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import front
import programs

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MACHINES = ("aarch64", "riscv64")

# On the PATH. Without dpkg-query all packages count as installed.
PROGRAMS = ("apt-get", "clang-format-19", "cmake", "ctest", "doxygen", "git", "npm", "sudo",
            *[f"{machine}-linux-gnu-g++" for machine in MACHINES], *[f"qemu-{machine}" for machine in MACHINES])
# Programs of the tree, and of builds.
SCRIPTS = (
    ".ci/tidy.py", ".github/lint.sh", "axptr/testing/compilers.py", "bench/bench.sh", "docs/check_docs.py",
    "fuzz/afl_check.sh", "fuzz/campaign/mutants.py", "fuzz/campaign/options.py", "fuzz/coverage.sh",
    "fuzz/fetch_abseil.sh", "fuzz/generated_mutants.py", "fuzz/image_mutants.py", "fuzz/merge_corpus.sh",
    "fuzz/service_check.py", "fuzz/subject_flags.sh", "sim/cli/repro.sh", "sim/testing/emulated/fetch_packages.sh",
    "build/release/bin/axsim", "build/ring0/bin/axsim", "build/tsan/bin/stress_test")
INSTALLED = "printf installed"  # what dpkg-query says of a package


class FakeTree(unittest.TestCase):
    """A test case with a tree of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        os.chmod(self.folder, 0o755)
        self.root = os.path.join(self.folder, "tree")
        self.path = os.path.join(self.folder, "path")
        self.log = os.path.join(self.folder, "log")
        for folder in (self.root, self.path, os.path.join(self.root, "a folder"), os.path.join(self.root, ".ci")):
            os.mkdir(folder)
        shutil.copy(os.path.join(SOURCE, "run"), self.root)
        os.symlink(os.path.join(SOURCE, ".ci/commands"), os.path.join(self.root, ".ci/commands"))
        for name in ("bash", "dirname", "env", "mkdir"):
            os.symlink(shutil.which(name), os.path.join(self.path, name))
        os.symlink(sys.executable, os.path.join(self.path, "python3"))
        for name in PROGRAMS + SCRIPTS:
            self.stub(name)
        self.forget()

    def forget(self):
        """Empties the log."""
        with open(self.log, "w", encoding="utf-8"):
            pass
        os.chmod(self.log, 0o666)

    def stub(self, name, body="", only_for=""):
        """The program logs its arguments, and the folder unless that is the root; then it does `body`, in shell.
        only_for: the body is for calls whose arguments begin so."""
        path = os.path.join(self.root if "/" in name else self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if only_for:
            body = f'case "$*" in {shlex.quote(only_for)}*) {body} ;; esac'
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\n[ "$PWD" = "{self.root}" ] || in=" (in ${{PWD##*/}})"\n'
                       f'echo "{name}${{*:+ }}$*$in" >>"{self.log}"\n{body}\n')
        os.chmod(path, 0o755)

    def without(self, *names):
        for name in names:
            os.remove(os.path.join(self.root if "/" in name else self.path, name))

    def read(self, name):
        """The file of the tree; None: there is none."""
        try:
            with open(os.path.join(self.root, name), encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def environment(self, **variables):
        return {"PATH": self.path, "HOME": self.folder, **variables}

    def run_it(self, *arguments, folder="", stdin=subprocess.DEVNULL, user=None, **variables):
        """./run with the arguments, from the folder of the tree: its exit status, what it prints to standard output and
        to standard error, and what it starts, in lines of the log, where ROOT is the folder of the tree."""
        self.forget()
        done = subprocess.run([os.path.join(self.root, "run"), *arguments], env=self.environment(**variables),
                              cwd=os.path.join(self.root, folder), stdin=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="surrogateescape", check=False, user=user)
        return done.returncode, done.stdout, done.stderr, self.started()

    def call(self, *arguments, folder="", **variables):
        """As run_it(), in a copy of this process: less than half of the time, since no Python starts."""
        self.forget()
        sys.stdout.flush()
        sys.stderr.flush()
        text = {"mode": "w+", "encoding": "utf-8", "errors": "surrogateescape"}
        with tempfile.TemporaryFile(**text) as out, tempfile.TemporaryFile(**text) as err:
            child = os.fork()
            if child == 0:
                try:
                    self._become_a_call(arguments, folder, variables, out.fileno(), err.fileno())
                finally:
                    os._exit(70)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            out.seek(0)
            err.seek(0)
            return status, out.read(), err.read(), self.started()

    def _become_a_call(self, arguments, folder, variables, out, err):
        """Does not return."""
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        programs.ROOT, programs.CALLER = self.root, os.path.join(self.root, folder)
        os.environ.clear()
        os.environ.update(self.environment(PWD=programs.CALLER, **variables))
        programs.go_to(programs.ROOT)
        status = front.main(arguments)
        programs.flush()
        os._exit(status)

    def started(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read().replace(self.root, "ROOT").splitlines()
