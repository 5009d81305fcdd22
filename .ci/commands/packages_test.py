#!/usr/bin/env python3
"""Which packages ./run installs, how, and what it says of those that it cannot install."""

import os
import shutil
import unittest
from unittest import mock

import fake_tree
import packages

LIST = "\n== No dpkg here: going on with what is installed. On Debian 12 it would be: "
UPDATE, INSTALL = "apt-get update -q", "apt-get install -q -y --no-install-recommends"
AS_SUDO = '[ "$1" != -n ] || shift; "$@"'
# A user that is not root, also if root runs the tests: 65534 is the user `nobody`.
NOT_ROOT = 65534 if os.geteuid() == 0 else None
AS_ROOT = "" if os.geteuid() == 0 else "sudo -n "


def missing_text(names):
    return (f"\nThese Debian packages are missing:\n  {names}\nInstall them, then try again:\n"
            f"  sudo apt-get update && sudo apt-get install {names}\n(All of them are in Debian 12, bookworm.)\n")


def asked(*names):
    return [f"dpkg-query -W -f=${{db:Status-Status}} {name}" for name in names]


class PackagesTest(fake_tree.FakeTree):

    def setUp(self):
        super().setUp()
        self.missing()
        self.stub("sudo", AS_SUDO)
        self.stub("git", "echo a.cc")

    def missing(self, *names):
        self.stub("dpkg-query", f"case $3 in {'|'.join(names) or 'none'}) exit 1 ;; *) {fake_tree.INSTALLED} ;; esac")

    def installs(self, started):
        """The lines of the log in which apt-get is called, by sudo or not."""
        return [line for line in started if line.startswith("apt-get ")]

    def test_installed_packages_are_not_installed_again(self):
        status, _, _, started = self.call("lint")
        self.assertEqual((status, started), (0, [*asked("git", "shellcheck"), ".github/lint.sh"]))

    def test_missing_packages_are_installed_before_the_command_starts(self):
        self.missing("shellcheck", "git")
        status, out, err, started = self.call("lint")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("\n== Installing Debian packages: git shellcheck\n", out)
        self.assertEqual(self.installs(started), [UPDATE, f"{INSTALL} git shellcheck"])
        self.assertEqual(started[-1], ".github/lint.sh")

    def test_a_package_that_is_removed_but_configured_is_missing(self):
        self.stub("dpkg-query", "printf config-files")
        self.assertEqual(self.installs(self.call("lint")[3]), [UPDATE, f"{INSTALL} git shellcheck"])

    def test_an_old_list_of_packages_may_be_enough(self):
        self.missing("shellcheck")
        self.stub("apt-get", "exit 100", "update")
        self.assertEqual(self.call("lint")[0], 0)

    def test_apt_asks_no_questions(self):
        self.missing("shellcheck")
        self.stub("apt-get", 'echo "<$DEBIAN_FRONTEND>"')
        self.assertIn("<noninteractive>\n<noninteractive>\n", self.call("lint")[1])

    def test_packages_that_cannot_be_installed_are_named_and_nothing_is_started(self):
        self.missing("shellcheck", "git")
        for case, variables in (("not allowed", {"AXPTR_NO_INSTALL": "1"}), ("apt fails", {}), ("no apt or sudo", {})):
            with self.subTest(case):
                if case == "apt fails":
                    self.stub("apt-get", "exit 100", "install")
                if case == "no apt or sudo":
                    self.without("apt-get", "sudo")
                status, _, err, started = self.call("lint", **variables)
                self.assertEqual((status, err), (2, missing_text("git shellcheck")))
                self.assertNotIn(".github/lint.sh", started)
                self.assertEqual(bool(self.installs(started)), case == "apt fails")

    def test_a_missing_optional_package_is_named_and_the_command_continues(self):
        self.missing("meson", "qemu-system-x86")
        status, out, err, started = self.call("test", AXPTR_NO_INSTALL="1")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("\n== Not installed: meson qemu-system-x86. ctest lists the tests that need them as disabled.\n",
                      out)
        self.assertEqual(started[-1].split()[0], "ctest")
        status, _, _, started = self.call("test")
        self.assertEqual(self.installs(started), [UPDATE, f"{INSTALL} meson qemu-system-x86"])

    def test_without_dpkg_it_goes_on_and_lists_them(self):
        self.without("dpkg-query")
        status, out, _, started = self.call("lint")
        self.assertEqual((status, out, started), (0, f"{LIST}git shellcheck\n", [".github/lint.sh"]))

    def test_a_program_of_another_origin_is_enough(self):
        for program, command, package in (("npm", "lint", "npm"), ("rustc", "packages", "rustc")):
            self.missing(package)
            self.stub(program)
            self.assertEqual(self.installs(self.call(command)[3]), [])
            self.without(program)
            self.assertEqual(self.installs(self.call(command)[3]), [UPDATE, f"{INSTALL} {package}"])
        self.stub("rustc", "exit 1")  # such as one of rustup without a toolchain
        self.assertEqual(self.installs(self.call("packages")[3]), [UPDATE, f"{INSTALL} rustc"])

    def test_packages_installs_those_of_all_builds_and_tests(self):
        self.missing("*")
        started = self.installs(self.call("packages")[3])
        self.assertEqual(started[:3], [UPDATE, f"{INSTALL} {' '.join(packages.BUILD + packages.LINT)}", UPDATE])
        for name in packages.TESTS + packages.EMULATION:
            self.assertIn(f" {name}", started[3])

    def test_root_needs_no_sudo_and_without_a_terminal_sudo_asks_for_no_password(self):
        for user, is_terminal, expected in ((0, True, ""), (0, False, ""),
                                            (1000, True, "sudo "), (1000, False, "sudo -n ")):
            self.missing("shellcheck")
            with mock.patch("os.geteuid", lambda user=user: user), mock.patch("os.isatty", lambda _, a=is_terminal: a):
                status, _, _, started = self.call("lint")
                self.assertEqual(status, 0)
                self.assertEqual([line for line in started if line.startswith("sudo")],
                                 [f"{expected}{line}" for line in (UPDATE, f"{INSTALL} shellcheck") if expected])
                self.assertEqual(self.installs(started), [UPDATE, f"{INSTALL} shellcheck"])
                self.without("sudo")
                self.assertEqual(self.call("lint")[0], 0 if user == 0 else 2)
                self.stub("sudo", AS_SUDO)


class PythonTest(fake_tree.FakeTree):
    """`run` installs Python itself."""

    def setUp(self):
        super().setUp()
        python = os.readlink(os.path.join(self.path, "python3"))
        self.without("python3")
        self.stub("sudo", AS_SUDO)
        os.symlink(shutil.which("ln"), os.path.join(self.path, "ln"))
        self.stub("apt-get", f"ln -s {python} {self.path}/python3", "install")

    def test_it_is_installed_then_the_command_runs(self):
        status, out, _, started = self.run_it("help")
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("\n== Installing Debian packages: python3\nusage: ./run COMMAND\n"), out)
        self.assertEqual([line for line in started if not AS_ROOT or line.startswith("sudo")],
                         [f"{AS_ROOT}{line}" for line in (UPDATE, f"{INSTALL} python3")])

    def test_without_it_nothing_can_be_done(self):
        for case, variables in (("not allowed", {"AXPTR_NO_INSTALL": "1"}), ("apt fails", {}), ("no apt or sudo", {})):
            with self.subTest(case):
                if case == "apt fails":
                    self.stub("apt-get", "exit 100")
                if case == "no apt or sudo":
                    self.without("apt-get", "sudo")
                status, _, err, started = self.run_it("help", **variables)
                self.assertEqual((status, err), (2, missing_text("python3")))
                self.assertEqual(bool(started), case == "apt fails")

    def test_other_users_than_root_need_sudo_which_asks_only_on_a_terminal(self):
        self.stub("apt-get")  # so that nothing of root's is to be read
        terminal, other_end = os.openpty()
        for stdin, expected in ((other_end, "sudo "), (None, "sudo -n ")):
            _, _, _, started = self.run_it("help", user=NOT_ROOT, **({} if stdin is None else {"stdin": stdin}))
            self.assertEqual([line for line in started if line.startswith("sudo")],
                             [f"{expected}{line}" for line in (UPDATE, f"{INSTALL} python3")])
        self.without("sudo")
        self.assertEqual(self.run_it("help", user=NOT_ROOT)[0:3:2], (2, missing_text("python3")))
        os.close(terminal)
        os.close(other_end)


if __name__ == "__main__":
    unittest.main()
