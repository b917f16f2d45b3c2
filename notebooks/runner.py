"""A notebook as one program: its cells in order, statements at file scope (clang's incremental extensions),
linked to the library. Lints it, compiles it, runs it, and says of every failure in which cell and line."""
import os
import pathlib
import re
import selectors
import signal
import subprocess
import tempfile
import time

from notebook import MARK, Failed

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
    return ["-std=c++20", "-DLOCUS_REAL=float", *includes]


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
                    raise Failed(notebook, number, line, "the first cell holds includes only: it is the one "
                                 "that takes long, and it need not run again.")
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
