"""The finding of a target that died: the scenario, the command that replays it, and its explanation."""

import json
import os
import re
import shlex
import subprocess

import engine
import options as command_line

EXPLAIN_SECONDS = 5  # for minimising the scenario


def shown(path):
    """A path for messages: relative to the current folder if the path is below this folder."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def last(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return found[-1] if found else ""


class Finding:
    """The finding that ended one run of a target (running.Run). Writes the executed scenario beside the crash file,
    because some targets change the scenario that they decode from an input."""

    def __init__(self, build, run, subject=""):
        text = run.text()
        self.build = build
        self.target = run.target
        self.log = run.log
        self.name = engine.finding(run.exit_status, text)
        self.file = engine.crash_file(text)  # may be empty
        self.subject = last(r"^SUBJECT (.*)$", text)
        self.contract = last(r"^CONTRACT (.*)$", text)
        self.scenario = ""  # a file
        self.story = None  # the JSON output of axsim explain
        scenario = re.search(r"^SCENARIO\n(.*?)\n*^VERDICT$", text, re.MULTILINE | re.DOTALL)
        if self.file and scenario and self.target not in command_line.NOT_FOR_AXSIM:
            self.scenario = self.file + ".scn"
            with open(self.scenario, "w", encoding="utf-8") as written:
                written.write(f"# subject: {self.subject or 'unknown'}\n"
                              f"# contract: {self.contract or 'axptr'}\n{scenario.group(1)}\n")
        self._axsim = self._choose_axsim(subject)
        self.details = self._details(text)

    def _choose_axsim(self, subject):
        """The axsim of the g++ build, except for findings that it cannot show: races at loads happen only in a build
        that traces loads, and a shared object is replayed in the build that fuzzed it."""
        own = os.path.join(self.build, "bin", "axsim")
        fast = os.path.join(os.path.dirname(self.build), "release", "bin", "axsim")
        if not os.access(fast, os.X_OK) or "/" in (subject or self.subject) or not self.file:
            return own
        decoded = subprocess.run([own, "decode", self.file], capture_output=True, check=False)
        return own if b"race load " in decoded.stdout else fast

    def _details(self, text):
        """The part of the log that shows the finding."""
        violation = re.search(r"^SCENARIO$.*?^VIOLATION [^\n]*\n", text, re.MULTILINE | re.DOTALL)
        if violation:
            return violation.group(0)
        lines = text.split("\n")
        error = next((i for i, line in enumerate(lines) if re.search("ERROR: |runtime error: ", line)), None)
        shown_lines = lines[-20:] if error is None else lines[error:error + 13]
        decoded = b""
        if self.file:
            decoded = subprocess.run([os.path.join(self.build, "bin", "axsim"), "decode", self.file],
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        return decoded.decode("utf-8", "replace") + "\n".join(shown_lines) + "\n"

    def _axsim_command(self, command, *options):
        chosen = [f"--subject={self.subject}"] if self.subject else []
        chosen += [f"--contract={self.contract}"] if self.contract else []
        return [shown(self._axsim), command, *options, *chosen, shown(self.scenario or self.file)]

    def replay(self):
        """The command that replays the finding; empty if there is no input."""
        if not self.file:
            return ""
        if self.target in command_line.NOT_FOR_AXSIM:
            return shlex.join([shown(os.path.join(self.build, "bin", self.target)), shown(self.file)])
        return shlex.join(self._axsim_command("run"))

    def explanation(self):
        """The command that explains the finding; empty if axsim cannot replay it."""
        if not self.file or self.target in command_line.NOT_FOR_AXSIM:
            return ""
        return shlex.join(self._axsim_command("explain"))

    def report(self):
        """The text that is printed as soon as the target has died."""
        lines = [f"\n== {self.target} found: {self.name}\n", self.details,
                 f"The whole output: {shown(self.log)}"]
        if self.file:
            lines.append(f"The input:        {shown(self.file)}")
            if self.scenario:
                lines.append(f"As a scenario:    {shown(self.scenario)}")
            lines.append(f"Replay it:        {self.replay()}")
            if self.explanation():
                lines.append(f"Its story:        {self.explanation()}")
            lines.append("")
        return "\n".join(lines)

    def explain(self):
        """Runs axsim explain and keeps its output. Does nothing for findings that axsim cannot replay."""
        if not self.file or self.target in command_line.NOT_FOR_AXSIM:
            return
        command = self._axsim_command("explain", "--format=json", f"--seconds={EXPLAIN_SECONDS}")
        try:
            said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=20 * EXPLAIN_SECONDS)
            self.story = json.loads(said.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self.story = None

    def bug(self):
        """The identity of the bug: equal for two findings of the same bug."""
        if self.story is None:
            return {"violation": self.name, "operation": "", "place": ""}
        return {name: str(self.story["bug"][name]) for name in ("violation", "operation", "place")}


def by_bug(findings):
    """The findings of a campaign in the form of its summary: one entry for each bug."""
    groups = {}
    for found in findings:
        group = groups.setdefault(tuple(found.bug().values()), {
            "bug": found.bug(), "name": found.name, "targets": [], "files": [], "replay": found.replay(),
            "details": found.details, "sentence": "", "meaning": "", "scenario": ""})
        if found.target not in group["targets"]:
            group["targets"].append(found.target)
        group["files"].append(shown(found.file) if found.file else "")
        if found.story and not group["sentence"]:
            group.update({name: found.story[name] for name in ("sentence", "meaning", "scenario")})
    return list(groups.values())
