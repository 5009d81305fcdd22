"""What a target that died has found: the scenario, the command that shows it again, and its story."""

import json
import os
import re
import shlex
import subprocess

import engine

# The canary's bug is in the canary: on the machine that axsim runs, all is well. And what is wrong with text
# shows where it is parsed.
SHOWN_BY_THEMSELVES = ("canary_fuzzer", "text_fuzzer")
EXPLAIN_SECONDS = 5  # for making the scenario small


def shown(path):
    """A path as it is said: from the current folder on, if it is below that."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def last(pattern, text):
    found = re.findall(pattern, text, re.MULTILINE)
    return found[-1] if found else ""


class Finding:
    """What ended one run of a target (running.Run). Writes the scenario that was run beside the crash file:
    some targets make another one of their input."""

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
        self.story = None  # what axsim explain says
        scenario = re.search(r"^SCENARIO\n(.*?)\n*^VERDICT$", text, re.MULTILINE | re.DOTALL)
        if self.file and scenario and self.target not in SHOWN_BY_THEMSELVES:
            self.scenario = self.file + ".scn"
            with open(self.scenario, "w", encoding="utf-8") as written:
                written.write(f"# subject: {self.subject or 'unknown'}\n"
                              f"# contract: {self.contract or 'axptr'}\n{scenario.group(1)}\n")
        self._axsim = self._choose_axsim(subject)
        self.details = self._details(text)

    def _choose_axsim(self, subject):
        """That of the g++ build, unless it cannot show this: a race at a load happens only where loads are
        traced, and a shared object runs in the build that it was tried in."""
        own = os.path.join(self.build, "bin", "axsim")
        fast = os.path.join(os.path.dirname(self.build), "release", "bin", "axsim")
        if not os.access(fast, os.X_OK) or "/" in (subject or self.subject) or not self.file:
            return own
        decoded = subprocess.run([own, "decode", self.file], capture_output=True, check=False)
        return own if b"race load " in decoded.stdout else fast

    def _details(self, text):
        """What the log shows of it."""
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
        """The command that shows it again; empty if there is no input."""
        if not self.file:
            return ""
        if self.target in SHOWN_BY_THEMSELVES:
            return shlex.join([shown(os.path.join(self.build, "bin", self.target)), shown(self.file)])
        return shlex.join(self._axsim_command("run"))

    def explanation(self):
        """The command that tells its story; empty if axsim cannot show it."""
        if not self.file or self.target in SHOWN_BY_THEMSELVES:
            return ""
        return shlex.join(self._axsim_command("explain"))

    def report(self):
        """What is said of it at once."""
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
        """Asks axsim for the story. There is none of what axsim cannot show."""
        if not self.file or self.target in SHOWN_BY_THEMSELVES:
            return
        command = self._axsim_command("explain", "--format=json", f"--seconds={EXPLAIN_SECONDS}")
        try:
            said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=20 * EXPLAIN_SECONDS)
            self.story = json.loads(said.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self.story = None

    def bug(self):
        """What bug it is: two findings of one bug are the same here."""
        if self.story is None:
            return {"violation": self.name, "operation": "", "place": ""}
        return {name: str(self.story["bug"][name]) for name in ("violation", "operation", "place")}


def by_bug(findings):
    """The findings of a campaign as its summary has them: one entry a bug."""
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
