"""check.py SETTINGS [--write] [--patience SECONDS] [NOTEBOOK ...]: executes notebooks, each as one program:
its cells in order, statements at file scope (clang's incremental extensions), linked to the library.
Fails, naming notebook, cell and line, on any error, on a cell that does not end, on a solution that a
check cell does not accept, on an exercise that is accepted unsolved, on forms of C++ that crash clang's
interpreter, and when what is stored differs from what the cells print. --write stores it instead."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time

from notebook import MARK, TOP, Failed, Notebook, legible, outputs_of

COMPILER, QUERY = "clang++-19", "clang-query-19"
# What clang's interpreter takes and gets wrong: what to match, and what to write instead.
TRAPS = [
    ("lambdaExpr(isExpansionInMainFile(), unless(hasAncestor(functionDecl())), "
     "unless(hasAncestor(varDecl(hasGlobalStorage()))))",
     "a lambda outside of a function crashes clang's interpreter, now and then, except as the value of a "
     "variable. Name it: `auto f = [](..) {..};`, or write a function."),
    ("varDecl(isExpansionInMainFile(), hasParent(translationUnitDecl()), unless(isConstexpr()), "
     "anyOf(hasType(isConstQualified()), isStaticStorageClass()))",
     "clang makes a const or static variable of a cell before the variables and statements above it. Leave "
     "the word away, or write constexpr."),
]
PLACE = re.compile(r"cell (\d+):(\d+)")


def flags(settings):
    includes = [word for path in settings["includes"].split(";") for word in ("-I", path)]
    return ["-std=c++20", "-DREAL=float", *includes]


def program(sources):
    """One file of all cells; #line gives each its own lines, in a file called 'cell N'."""
    text = 'extern "C" void locus_cell(int);\n'
    for number, source in enumerate(sources, start=1):
        text += f'#line 1 "cell {number}"\n{source}\n;\n#line 1 "between"\nlocus_cell({number});\n'
    # The mark that a cell ends is the one that the next begins.
    return text + "int main() {}\n"


def place(text):
    """The first cell and line that a message of the compiler names."""
    found = PLACE.search(text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def working(process):
    """Seconds of processor time."""
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Runner:
    def __init__(self, settings, patience):
        self.settings, self.patience = settings, patience  # the seconds a cell may work
        self.idle = 900  # that anything may take, on a machine with much else to do

    def outputs(self, notebook):
        """What every cell wrote, as Jupyter stores it."""
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "cells.cpp")
            source.write_text(program(notebook.sources()), encoding="utf-8")
            self.lint(notebook, source)
            return self.run(notebook, self.compiled(notebook, source))

    def lint(self, notebook, source):
        for number, cell in enumerate(notebook.sources()[:1], start=1):
            for line, words in enumerate(cell.splitlines(), start=1):
                if words.strip() and not re.match(r"\s*(#include|//|using namespace)", words):
                    raise Failed(notebook, number, line, "the first cell holds includes only: what it "
                                 "loads can be used from the next cell on in xeus-cpp.")
        queries = [word for matcher, _ in TRAPS for word in ("-c", "match " + matcher)]
        command = [QUERY, "-c", "set output diag", *queries, str(source), "--", "-x", "c++", "-Xclang",
                   "-fincremental-extensions", *flags(self.settings)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=self.idle, check=False)
        answers = re.split(r"^\d+ match(?:es)?\.$", said.stdout, flags=re.M)
        for answer, (_, advice) in zip(answers, TRAPS):
            match = re.search(r'^(.*): note: "root" binds here', answer, re.M)
            if match:
                raise Failed(notebook, *place(match[1]), advice)

    def compiled(self, notebook, source):
        result = source.with_suffix("")
        library = self.settings["library"]
        command = [COMPILER, "-O0", "-g1", "-fno-crash-diagnostics", "-fno-caret-diagnostics", "-Xclang",
                   "-fincremental-extensions", *flags(self.settings), str(source), "-o", str(result),
                   library, self.settings["fmt"], "-Wl,-rpath," + os.path.dirname(library)]
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=self.idle, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(notebook, 0, 0, f"clang takes more than {self.idle} s.") from None
        if said.returncode != 0:
            errors = [line for line in said.stderr.splitlines() if "error:" in line]
            first = errors[0] if errors else said.stderr.strip()[-500:]
            raise Failed(notebook, *place(first), first.partition("error: ")[2] or first)
        return result

    def run(self, notebook, executable):
        # One kernel set and one thread: so the numbers are the same on every machine of a kind.
        environment = dict(os.environ, LOCUS_NOTEBOOK="check", LOCUS_KERNELS="baseline", LOCUS_THREADS="1")
        process = subprocess.Popen([executable], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                                   cwd=executable.parent)
        written, errors = self.read(process)
        pieces, at = [], 0
        for mark in MARK.finditer(written):
            if mark[1] == "cell":
                pieces.append(written[at:mark.start()])
                at = mark.end()
            elif mark[1] == "stopped":
                reason, *calls = mark[2].split("\n")
                raise Failed(notebook, *self.line_of(executable, calls, len(pieces) + 1), reason)
        if process.returncode != 0 or len(pieces) != len(notebook.cells):
            raise Failed(notebook, len(pieces) + 1, 0, f"it ended with status {process.returncode}: {errors[-500:]}")
        return pieces

    def read(self, process):
        """All that a program writes. One whose cell does not end is told to say where it is."""
        texts = {process.stdout: b"", process.stderr: b""}
        began, worked, told = time.monotonic(), 0, False  # when the cell did, and how long the program had worked then
        with selectors.DefaultSelector() as ready:
            for pipe in texts:
                ready.register(pipe, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select(timeout=0.2):
                    piece = os.read(key.fd, 1 << 16)
                    texts[key.fileobj] += piece
                    if b"\x1ecell" in piece:
                        began, worked = time.monotonic(), working(process.pid)
                    if not piece:
                        ready.unregister(key.fileobj)
                waited = time.monotonic() - began
                if not told and (working(process.pid) - worked > self.patience or waited > self.idle):
                    process.send_signal(signal.SIGALRM)
                    told, began = True, time.monotonic()
                elif told and waited > self.idle:
                    process.kill()
        process.wait()
        return [text.decode("utf-8", "replace") for text in texts.values()]

    @staticmethod
    def line_of(executable, calls, cell):
        """Cell and line of the innermost call from a cell."""
        offsets = [words.rpartition(" ")[2] for words in calls if words.startswith(str(executable))]
        if not offsets:
            return cell, 0
        said = subprocess.run(["addr2line", "-i", "-e", executable, *offsets], capture_output=True, text=True,
                              check=False)
        number, line = place(said.stdout)
        return number or cell, line


def judge(notebook, written, solution):
    """Exercises are not accepted as they are, and solutions are."""
    wanted = "ok" if solution else "failed"
    for number, text in enumerate(written, start=1):
        verdicts = [mark[2].split() for mark in MARK.finditer(text) if mark[1] == "verdict"]
        for verdict, line in verdicts:
            if verdict != wanted:
                said = [words for words in text.splitlines() if (": ok" in words) != solution]
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
    paths = [path.resolve() for path in arguments.notebooks] or sorted(here.glob("**/[0-9]*.ipynb"))
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
