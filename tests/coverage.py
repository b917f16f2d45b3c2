"""Reads gcovr's JSON: prints coverage by file and what is not reached, and fails below the targets.

coverage.py coverage.json top; called by tests/coverage.
"""

import json
import pathlib
import re
import sys

LINES, BRANCHES = 98.0, 90.0  # percent, of all files together


def reasons_in(path):
    """[(pattern, reason)], from lines such as `file: source line | reason`, the first part a regex."""
    reasons = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        pattern, bar, reason = line.rpartition(" | ")
        if not bar or not reason.strip():
            sys.exit(f"{path}:{number}: wanted `file: source line | reason`, got: {line}")
        reasons.append((re.compile(pattern), reason))
    return reasons


def percent(part, whole):
    return 100 * part / whole if whole else 100.0


def main():
    report, top = json.load(open(sys.argv[1])), pathlib.Path(sys.argv[2])
    reasons = reasons_in(top / "tests/uncovered")
    counts, everything, dead_lines, dead_branches = [], [], [], []
    for file in sorted(report["files"], key=lambda file: file["file"]):
        name = file["file"]
        source = (top / name).read_text().splitlines()
        lines = [line for line in file["lines"] if not line.get("gcovr/noncode")]
        taken = of_taken = 0
        for line in lines:
            number, branches = line["line_number"], line["branches"]
            text = source[number - 1].strip()
            everything.append(f"{name}: {text}")
            missing = sum(branch["count"] == 0 for branch in branches)
            taken, of_taken = taken + len(branches) - missing, of_taken + len(branches)
            if line["count"] == 0:
                dead_lines.append((name, number, text))
            elif missing:
                dead_branches.append(f"  {name}:{number}: {missing} of {len(branches)}: {text}")
        counts.append((name, sum(line["count"] > 0 for line in lines), len(lines), taken, of_taken))

    counts.append(("all", *(sum(column) for column in list(zip(*counts))[1:])))
    print(f"{'file':36} {'lines':>17} {'branches':>17}")
    for name, lines, of_lines, branches, of_branches in counts:
        print(f"{name:36} {lines:5}/{of_lines:<5} {percent(lines, of_lines):5.1f}"
              f" {branches:5}/{of_branches:<5} {percent(branches, of_branches):5.1f}")
    print("\nBranches not taken:", *dead_branches, sep="\n")
    print("\nLines not reached:")
    failed = False
    for name, number, text in dead_lines:
        reason = next((why for pattern, why in reasons if pattern.fullmatch(f"{name}: {text}")), None)
        print(f"  {name}:{number}: {text}\n      {reason or 'NO REASON in tests/uncovered'}")
        failed |= reason is None
    for pattern, _ in reasons:
        if not any(map(pattern.fullmatch, everything)):
            print(f"\ntests/uncovered: no line is like {pattern.pattern}")
            failed = True

    _, lines, of_lines, branches, of_branches = counts[-1]
    lines, branches = percent(lines, of_lines), percent(branches, of_branches)
    print(f"\nlines {lines:.2f} % (target {LINES:g}), branches {branches:.2f} % (target {BRANCHES:g})")
    sys.exit(1 if failed or lines < LINES or branches < BRANCHES else 0)


main()
