#!/usr/bin/env python3
"""The report page of a campaign, one self-contained file: report.py SUMMARY.json PAGE.html"""

import html
import json
import os
import sys

import plot
import words

STYLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "sim", "page", "page.css")
COLOURS = 8
LEAST_SECONDS = 1.0  # minimum length of the interval over which a speed is computed
MOST_SPEEDS = 60


def escape(value):
    return html.escape(str(value))


def page(title, body):
    """A page with the style of axsim's pages. Its HTML is well-formed XML."""
    with open(STYLE, encoding="utf-8") as style:
        return (f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n<meta name="viewport" '
                f'content="width=device-width, initial-scale=1"/>\n<title>{escape(title)}</title>\n'
                f'<style>\n{style.read()}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{body}</body>\n</html>\n')


def speeds(target):
    """A list of (second, executions per second), one for each interval of the target's time."""
    least = max(LEAST_SECONDS, target["seconds"] / MOST_SPEEDS)
    found = []
    last_second, last_count = 0.0, 0
    for second, count, *_ in target["samples"]:
        if second - last_second >= least:
            found.append((second, (count - last_count) / (second - last_second)))
            last_second, last_count = second, count
    return found or [(target["seconds"], target["executions_per_second"])]


def plots(targets):
    """Plots of speed, edges and corpus size over the time of each target."""
    def series(points_of):
        return [(i % COLOURS, target["name"], points_of(target)) for i, target in enumerate(targets)]

    key = "".join(f'<span><i class="s{i % COLOURS}"></i>{escape(target["name"])}</span>'
                  for i, target in enumerate(targets))
    drawn = [plot.line_plot("Executions a second", "seconds of the target", series(speeds), plot.Logarithmic),
             plot.line_plot("Edges of the control flow", "seconds of the target", series(
                 lambda target: [(second, edges) for second, _, edges, _ in target["samples"] if edges])),
             plot.line_plot("Inputs in the corpus", "seconds of the target", series(
                 lambda target: [(second, corpus) for second, _, _, corpus in target["samples"] if corpus]))]
    return (f'<h2>Over time</h2>\n<p class="key">{key}</p>\n<div class="plots">\n' +
            "".join(f"<figure>{one}</figure>\n" for one in drawn if one) + "</div>\n")


def target_row(target):
    found = f'<td class="failed">{escape(target["finding"])}</td>' if target["finding"] else "<td>none</td>"
    return (f'<tr><th>{escape(target["name"])}</th><td>{target["executions"]}</td><td>{target["seconds"]}</td>'
            f'<td>{target["executions_per_second"]}</td><td>{words.percent(target["ratio_to_empty"])}</td>'
            f'<td>{target["edges"]}</td><td>{target["corpus"]}</td>{found}</tr>\n')


def table(summary):
    head = "".join(f"<th>{name}</th>" for name in (
        "", "executions", "seconds", "executions/s", "vs. empty", "edges", "corpus", "found"))
    note = ""
    if summary["empty_executions_per_clock_second"]:
        clock = "CPU second" if summary["clock"] == "cpu" else "second"
        note = (f'<p class="muted">vs. empty: executions per {clock}, against '
                f'{summary["empty_executions_per_clock_second"]} of a target that does nothing.</p>\n')
    return (f'<h2>Targets</h2>\n<div class="cells"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n' +
            "".join(target_row(target) for target in summary["targets"]) + "</tbody></table></div>\n" + note)


def finding(found):
    """The section of one bug, with its explanation."""
    bug = found["bug"]
    title = f'{bug["violation"]} in {bug["operation"]}' if bug["operation"] else bug["violation"]
    facts = [("place", bug["place"]), ("targets", ", ".join(found["targets"])),
             ("inputs", ", ".join(file for file in found["files"] if file)), ("replay", found["replay"])]
    body = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>\n" for name, value in facts if value)
    story = ""
    if found["sentence"]:
        story = (f'<div class="verdict"><p>{escape(found["sentence"])}</p>\n'
                 f'<p class="muted">{escape(found["meaning"])}</p></div>\n')
    scenario = f'<pre>{escape(found["scenario"])}</pre>\n' if found["scenario"] else ""
    return (f'<h3>{escape(title)}</h3>\n{story}<dl>\n{body}</dl>\n{scenario}<details><summary>What the target said'
            f'</summary><pre>{escape(printable(found["details"]))}</pre></details>\n')


def printable(text):
    """The text with U+FFFD in place of characters that XML does not allow."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text)


def findings(summary):
    if not summary["findings"]:
        return ""
    return "<h2>Findings, by bug</h2>\n" + "".join(finding(found) for found in summary["findings"])


def not_judged(summary):
    names = {}  # by line: the targets that print the line
    for target in summary["targets"]:
        for line in target["not_judged"]:
            names.setdefault(line.removeprefix("not judged: "), []).append(target["name"])
    rows = "".join(f'<li>{escape(line)} <span class="muted">({escape(", ".join(of))})</span></li>\n'
                   for line, of in names.items())
    return f"<h2>Not judged</h2>\n<ul>\n{rows}</ul>\n" if rows else ""


def reach(summary):
    """The section with the values of each quantity that the kept inputs reach; empty if there are none."""
    if not summary["reach"]:
        return ""
    names = ("", "values", "minimum", "maximum", "no value in 2^", "no neighbour of 2^")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(f"<tr><th>{escape(row[0])}</th>" + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>\n"
                   for row in words.reach_rows(summary["reach"]))
    return (f'<h2>Reach</h2>\n<p class="muted">The values in the {summary["reach"]["scenarios"]} kept inputs.</p>\n'
            f'<div class="cells"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n')


def last_said(summary):
    """The results of the last ./run mutants and ./run coverage in this folder of builds."""
    mutants, coverage = summary["mutants"], summary["coverage"]
    body = "<h2>Mutants</h2>\n"
    if mutants:
        body += (f'<p>{mutants["as_expected"]} of {mutants["tried"]} were found as expected, '
                 f'{escape(mutants["date"])}.</p>\n')
        if mutants["others"]:
            body += f'<pre>{escape(chr(10).join(mutants["others"]))}</pre>\n'
    else:
        body += '<p class="muted">Not run here (./run mutants).</p>\n'
    body += "<h2>Coverage</h2>\n"
    if coverage:
        body += f'<p>{escape(coverage["date"])}</p>\n<pre>{escape(coverage["text"])}</pre>\n'
    else:
        body += '<p class="muted">Not run here (./run coverage).</p>\n'
    return body


def circumstances(summary):
    limit = f'{summary["runs"]} executions each' if summary["runs"] else f'{summary["seconds"]} s for all'
    facts = [("date", summary["date"]), ("commit", summary["commit"]), ("engine", summary["engine"]),
             ("limit", f'{limit}, {summary["jobs"]} targets at a time'), ("subject", summary["subject"]),
             ("contract", summary["contract"]), ("required", summary["require"])]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>\n" for name, value in facts if value)
    return f"<dl>\n{rows}</dl>\n"


def verdict(summary):
    count = len(summary["findings"])
    text = "Nothing was found." if not count else "One bug was found." if count == 1 else f"{count} bugs were found."
    if summary["interrupted"]:
        text += " The run was interrupted."
    return f'<div class="verdict{"" if count else " good"}"><p>{text}</p></div>\n'


def html_of(summary):
    return page("What fuzzing found", verdict(summary) + circumstances(summary) + table(summary) +
                findings(summary) + plots(summary["targets"]) + reach(summary) +
                not_judged(summary) + last_said(summary))


def write(summary, path):
    """Writes a temporary file, then renames it to `path`, so that `path` is never incomplete."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(html_of(summary))
    os.replace(temporary, path)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as from_file:
        write(json.load(from_file), sys.argv[2])
