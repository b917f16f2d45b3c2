"""check.py SETTINGS [--write] [--changes] [NOTEBOOK ...]: executes notebooks, each as one program (runner.py).
Fails, naming notebook, cell and line, on any error, on a cell that does not end, on a solution that a
check cell does not accept, on an exercise that is accepted unsolved, on forms of C++ that clang's
interpreter gets wrong, and when what is stored differs from what the cells print. --write stores it
instead; --changes makes the changes that readers are asked to try."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import sys
import time

from notebook import MARK, TOP, Failed, Notebook, legible, outputs_of
from runner import Runner

def judge(notebook, written, solution):
    """Exercises are not accepted as they are, and solutions are."""
    wanted = "ok" if solution else "failed"
    for number, text in enumerate(written, start=1):
        verdicts = [mark[2].split() for mark in MARK.finditer(text) if mark[1] == "verdict"]
        for verdict, line in verdicts:
            if verdict != wanted:
                said = [words for words in MARK.sub("", text).splitlines() if (": ok" in words) != solution]
                raise Failed(notebook, number, int(line), " ".join(said) if solution else
                             "the check accepts an exercise that nobody has solved.")
        if bool(verdicts) != notebook.is_check(number):
            raise Failed(notebook, number, 0, "a cell that calls verdict() is tagged 'check', and no other.")


def compare(notebook, outputs):
    """Numbers are stored as an x86-64 machine rounds them; elsewhere they do not count."""
    same_digits = platform.machine() in ("x86_64", "AMD64")
    for number, (cell, new) in enumerate(zip(notebook.cells, outputs), start=1):
        was, now = legible(cell["outputs"]), legible(new)
        if not same_digits:
            was, now = [[re.sub(r"[-−]?\d+(\.\d+)?", "#", line) for line in lines] for lines in (was, now)]
        if was != now:
            old, fresh = next(((a, b) for a, b in zip(was + [""], now + [""]) if a != b),
                              (f"{len(was)} lines", f"{len(now)} lines"))
            raise Failed(notebook, number, 0, f"what is stored is not what it prints now:\n  stored  {old}\n"
                         f"  now     {fresh}\nnotebooks/run --write stores it.")


STEP = re.compile(r"\*\*Step\.\*\* +`([^`]+)`(?:, +`([^`]+)`)?(?::\s+`([^`]+)`)?")


def steps(notebook):
    """The source that a Step names is there: file, function, and the line that is quoted."""
    without_spaces = lambda text: re.sub(r"\s", "", text)  # noqa: E731
    for words in notebook.words():
        for file, function, line in STEP.findall(words):
            path = TOP / file
            text = path.read_text(encoding="utf-8") if path.is_file() else None
            if text is None:
                raise Failed(notebook, 0, 0, f"Step: there is no file {file}.")
            if function and function.rpartition("::")[2] not in text:
                raise Failed(notebook, 0, 0, f"Step: {file} has no '{function}'.")
            if line and without_spaces(line) not in without_spaces(text):
                raise Failed(notebook, 0, 0, f"Step: {file} has no line '{line}'.")


CHANGE = re.compile(r"\*\*Change\.\*\*.*?`([^`]+)` → `([^`]+)`", re.S)


def changes(notebook):
    """What the reader is asked to change: (how many cells stand before that, the cell, before, after)."""
    count = 0
    for cell in notebook.json["cells"]:
        count += cell["cell_type"] == "code"
        for old, new in CHANGE.findall("".join(cell["source"])) if cell["cell_type"] == "markdown" else ():
            holders = [i for i, source in enumerate(notebook.sources()[:count], start=1) if source.count(old) == 1]
            if not holders:
                raise Failed(notebook, 0, 0, f"Change: no cell before it has '{old}' once.")
            yield count, holders[-1], old, new


def try_changes(runner, path):
    """Makes each change by itself, and says what it does to what the cells print, which must be something."""
    notebook, said = Notebook(path), []
    for count, number, old, new in changes(notebook):
        changed = Notebook(path)
        del changed.cells[count:]
        changed.cells[number - 1]["source"] = [changed.sources()[number - 1].replace(old, new)]
        said.append(f"{path.name}, cell {number}: {old} → {new}")
        was = [line for cell in notebook.cells[:count] for line in legible(cell["outputs"])]
        try:
            now = [line for text in runner.outputs(changed) for line in legible(outputs_of(text))]
        except Failed as failure:
            said.append(f"  {failure}")
            continue
        if was == now:
            raise Failed(notebook, number, 0, f"Change: '{new}' for '{old}' changes nothing that is printed.")
        said += [f"  {line}" for line in now if line not in was]
    return "\n".join(said)


def checks_agree(notebook):
    """A solution is judged by the very cells that judge the reader."""
    solved = Notebook(notebook.path.parent / "solutions" / notebook.path.name)
    cells = lambda book: [text for i, text in enumerate(book.sources(), start=1) if book.is_check(i)]  # noqa: E731
    if cells(notebook) != cells(solved):
        raise Failed(solved, 0, 0, "its check cells are not those of the notebook.")
    if not cells(notebook):
        raise Failed(notebook, 0, 0, "there is no exercise.")


def execute(runner, path, write):
    notebook, solution = Notebook(path), path.parent.name == "solutions"
    start = time.monotonic()
    steps(notebook)
    list(changes(notebook))
    written = runner.outputs(notebook)
    judge(notebook, written, solution)
    if not solution and (path.parent / "solutions" / path.name).exists():
        checks_agree(notebook)
    outputs = [outputs_of(text) for text in written]
    if write:
        notebook.store(outputs)
    else:
        compare(notebook, outputs)
    pictures = sum(output["output_type"] == "display_data" for cell in outputs for output in cell)
    return (f"{path.parent.name}/{path.name}: {len(outputs)} cells, {pictures} pictures, "
            f"{time.monotonic() - start:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", help="settings.json, which the build writes")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--changes", action="store_true", help="make the changes that readers are asked to try")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="notebooks at a time")
    parser.add_argument("--patience", type=float, default=60, help="seconds that one cell may work")
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).resolve().parent
    where = "[0-9]*.ipynb" if arguments.changes else "**/[0-9]*.ipynb"
    paths = [path.resolve() for path in arguments.notebooks] or sorted(here.glob(where))
    runner = Runner(json.loads(pathlib.Path(arguments.settings).read_text(encoding="utf-8")), arguments.patience)
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        work = (lambda path: try_changes(runner, path)) if arguments.changes else (
            lambda path: execute(runner, path, arguments.write))
        for job in [pool.submit(work, path) for path in paths]:
            try:
                print(job.result(), flush=True)
            except Failed as failure:
                print(failure, flush=True)
                failures += 1
    print(f"{len(paths)} notebooks, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
