"""faults.py SETTINGS: a notebook is broken in every way that check.py looks for, to see that each is
noticed and that the message names the cell and the line. Then a session of the interpreter that Jupyter
drives is broken the same ways, to see that it goes on as if nothing had happened."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "notebooks"))
import check  # noqa: E402
import runner  # noqa: E402
from notebook import Failed, Notebook, outputs_of  # noqa: E402

INCLUDES = '#include "notebooks/display.h"\n#include "tensor/math.h"\n#include "tensor/random.h"\nusing namespace locus;'
FIRST = 'Rng rng(1);\nTensor x = normal({2, 2}, 1, rng);\nfmt::print("{}\\n", x.shape());'

# What stands in cell 3, and what must be said.
BREAKS = [
    ("int a = 1;\nint b = a +;", "cell 3, line 2: expected expression"),
    ("int a = unknown;", "cell 3, line 1: use of undeclared identifier 'unknown'"),
    ("int a = 1;\n\nmatmul(x, Tensor({3, 2}));", "cell 3, line 3: exception: matmul: the inner extents must agree"),
    ("void inner() { x(2, 0); }\ninner();", "cell 3, line 1: exception: "),
    ("throw 1;", "cell 3, line 1: exception of a type that is no std::exception"),
    ("int a = 0;\nwhile (true) {\n  a = (a * 7) % 13;\n}", "cell 3, line 3: it does not end"),
    ("*(volatile int*)nullptr = 1;", "cell 3, line 1: signal 11"),
    ("std::exit(0);", "cell 3: it ended with status 0"),
    ('verdict("task", false, "It is 3.");', "cell 3, line 1: task: not yet. It is 3."),
    ("for (int i : {1, 2}) {\n  auto f = [](int a) { return a; };\n  f(i);\n}", "cell 3, line 2: a lambda"),
    ("int a = 1;\nconst Tensor y = x + a;", "cell 3, line 2: clang makes a const or static variable"),
    ('fmt::print("{}\\n", 3);', "cell 3: what is stored is not what it prints now:\n  stored  2\n  now     3"),
    ('display(heat_map(x, {.title = "another"}));', "cell 3: what is stored is not what it prints now"),
]
WORDS = [
    ("**Step.** `tensor/nowhere.cpp`, `f`", "there is no file tensor/nowhere.cpp"),
    ("**Step.** `tensor/shape.cpp`, `nobody`", "tensor/shape.cpp has no 'nobody'"),
    ("**Step.** `tensor/shape.cpp`, `broadcast`: `int nobody;`", "tensor/shape.cpp has no line 'int nobody;'"),
    ("**Change.** `nobody` → `somebody`", "no cell before it has 'nobody' once"),
]


def notebook(folder, third, words="", tags=()):
    """Cell 3 is `third`; what is stored is what cells 2 and 3 print when that is right."""
    sources, stored = [INCLUDES, FIRST, third], ["", "(2, 2)\n", "2\n"]
    cells = [{"cell_type": "code", "execution_count": None, "id": f"c{i}", "source": source.splitlines(True),
              "metadata": {"tags": list(tags)} if i == 2 else {}, "outputs": outputs_of(text)}
             for i, (source, text) in enumerate(zip(sources, stored))]
    cells.append({"cell_type": "markdown", "id": "words", "metadata": {}, "source": [words]})
    path = pathlib.Path(folder, "0_broken.ipynb")
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def said(judge, path):
    try:
        check.execute(judge, path, write=False)
    except Failed as failure:
        return str(failure)
    return "nothing"


def checks(settings):
    judge = runner.Runner(settings, patience=2)
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top, "solutions")  # where a check that fails is wrong
        folder.mkdir()
        good = 'fmt::print("2\\n");'
        if (answer := said(judge, notebook(folder, good))) != "nothing":
            yield f"a notebook without a fault is refused: {answer}"
        for third, expected in BREAKS:
            answer = said(judge, notebook(folder, third, tags=["check"] if "verdict" in third else ()))
            if f"0_broken.ipynb, {expected}" not in answer:
                yield f"with {third!r} it should say '{expected}', and says: {answer}"
        for words, expected in WORDS:
            answer = said(judge, notebook(folder, good, words))
            if expected not in answer:
                yield f"with {words!r} it should say '{expected}', and says: {answer}"
        solved = 'verdict("task", true, "");\nfmt::print("2\\n");'
        answer = said(judge, notebook(top, solved, tags=["check"]))
        if "accepts an exercise that nobody has solved" not in answer:
            yield f"an exercise that is accepted as it is goes unnoticed: {answer}"
        path = notebook(folder, 'fmt::print("3\\n");')
        check.execute(judge, path, write=True)
        if said(judge, path) != "nothing" or Notebook(path).cells[2]["outputs"][0]["text"] != ["3\n"]:
            yield "what --write stores is not what the cells print"


def sessions(settings):
    from kernel import Session  # where ipykernel is not, this much is not tested
    session = Session(settings)

    def run(code):
        written = []
        wrong = session.run(code, lambda kind, words: written.append(words if kind == "text" else f"<{kind}>"))
        return "".join(written), wrong

    for code in INCLUDES, FIRST, "int good = 1;":
        if (wrong := run(code)[1]) is not None:
            yield f"the session refuses {code!r}: {wrong}"
    for code, expected in [
        ("good = 2; int b = good +;", "expected expression"),
        ("good = 2; matmul(x, Tensor({3, 2}));", "exception: matmul: the inner extents must agree"),
        ("good = 2; while (true) { good = good % 13 + 1; }", "Interrupted"),
        ("good = 2; *(volatile int*)nullptr = 1;", "signal 11"),
        ("good = 2; std::exit(0);", "ended"),
    ]:
        if expected == "Interrupted":
            threading.Timer(2, os.kill, [os.getpid(), signal.SIGINT]).start()
        wrong = run(code)[1]
        if expected not in str(wrong):
            yield f"with {code!r} the session should say '{expected}', and says: {wrong}"
        after = run('fmt::print("good {}\\n", good);')
        if after != ("good 1\n", None):
            yield f"after {code!r} the session should be as before, and says: {after}"
    if run("display(heat_map(x));") != ("<picture>", None):
        yield "the session shows no picture"
    twice, thrice = "int times(int a) {\n  return 2 * a;\n}", "int times(int a) {\n  return 3 * a;\n}"
    run(twice)
    run("int later = times(1);")
    run(thrice)  # the reader edits the cell, and runs it again
    if run('fmt::print("{}\\n", times(1));') != ("3\n", None):
        yield "a cell that is edited and run again does not replace what it defined"
    if "later" not in str(run("later = 1;")[1]):
        yield "what came after a cell that is run again should be undone"
    session.close()


# What xeus-cpp's headers hold, as far as display.h uses it.
XDISPLAY = """
#pragma once
#include <cstdio>
#include <map>
#include <string>
namespace nlohmann { using json = std::map<std::string, std::string>; }
namespace xcpp {
template <class T> void display(const T& shown) {
  const nlohmann::json bundle = mime_bundle_repr(shown);
  std::printf("%s|%s", bundle.at("image/svg+xml").substr(0, 5).c_str(), bundle.at("text/plain").c_str());
}
}
"""
CALLER = """
#include "notebooks/display.h"
int main() {
  locus::display({.svg = "<svg xmlns=", .title = "a street"});
}
"""


def xeus(settings):
    """display.h where xeus-cpp is, by a stand-in for it."""
    with tempfile.TemporaryDirectory() as folder:
        header, caller = pathlib.Path(folder, "xcpp", "xdisplay.hpp"), pathlib.Path(folder, "caller.cpp")
        header.parent.mkdir()
        header.write_text(XDISPLAY, encoding="utf-8")
        caller.write_text(CALLER, encoding="utf-8")
        program = caller.with_suffix("")
        subprocess.run([runner.COMPILER, *runner.flags(settings), "-I", folder, str(caller), "-o", str(program),
                        settings["library"], settings["fmt"],
                        "-Wl,-rpath," + os.path.dirname(settings["library"])], check=True)
        answer = subprocess.run([program], capture_output=True, text=True, check=False).stdout
        if answer != "<svg |a street":
            yield f"xeus-cpp is not handed the picture, but: {answer!r}"


def main(settings_path):
    settings = json.loads(pathlib.Path(settings_path).read_text(encoding="utf-8"))
    wrong = [*checks(settings), *xeus(settings)]
    try:
        wrong += sessions(settings)
        driven = "The session survives."
    except ImportError:
        driven = "The session was not tested: ipykernel is not here."
    print("\n".join(wrong) or f"{len(BREAKS) + len(WORDS) + 1} faults noticed. {driven}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
