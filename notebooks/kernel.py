"""The Jupyter kernel for plain Debian: `kernel.py SETTINGS -f CONNECTION_FILE`. It drives clang's
interpreter. A cell runs in a copy of the session (guard.cpp); when it does not compile, throws,
crashes or is interrupted, the copy is thrown away and the session is as it was before the cell. And a
cell that is edited and run again takes the session back to before its first run."""
import codecs
import difflib
import json
import os
import pathlib
import re
import selectors
import signal
import subprocess
import sys
import tempfile

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

from notebook import MARK, picture
from runner import flags

INTERPRETER = "clang-repl-19"


class Session:
    """clang's interpreter. Its answers come as marks, between what cells print."""

    def __init__(self, settings):
        self.folder = tempfile.TemporaryDirectory()
        arguments = ["-fno-caret-diagnostics", *flags(settings)]
        # One thread: a copy of the session has no others. The kernels that the outputs were stored with.
        environment = dict(os.environ, LD_PRELOAD=settings["library"], LOCUS_NOTEBOOK="session",
                           LOCUS_THREADS="1", LOCUS_KERNELS=os.environ.get("LOCUS_KERNELS", "baseline"))
        self.process = subprocess.Popen(
            [INTERPRETER, *("--Xcc=" + argument for argument in arguments)], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.ready = selectors.DefaultSelector()
        for pipe in self.process.stdout, self.process.stderr:
            os.set_blocking(pipe.fileno(), False)
            self.ready.register(pipe, selectors.EVENT_READ)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.unread = self.errors = ""
        self.cells = 0
        self.copy = None  # the process that runs the cell
        self.done = []  # process, number, code: one waits behind the other, the last one is awake
        self.say('extern "C" { void locus_begin(); void locus_end(); }')

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def take_errors(self):
        piece = self.process.stderr.read()
        if piece:
            self.errors += piece.decode("utf-8", "replace")

    def pieces(self):
        """What comes on stdout, piece by piece: ("text", words) or (kind of mark, words)."""
        while True:
            found = MARK.search(self.unread)
            text = self.unread[:found.start()] if found else self.unread.partition("\x1e")[0]
            if text:
                self.unread = self.unread[len(text):]
                yield "text", text
            elif found:
                self.unread = self.unread[found.end():]
                yield found[1], found[2]
            else:
                self.ready.select()
                self.take_errors()
                piece = self.process.stdout.read()
                if piece == b"":
                    raise RuntimeError("clang's interpreter has ended: " + self.errors[-1000:])
                self.unread += self.decoder.decode(piece or b"")

    def until(self, *kinds):
        return next(piece for piece in self.pieces() if piece[0] in kinds)

    def run(self, code, show):
        """Runs a cell; calls show(kind, words) for what it writes. Returns None, or what went wrong."""
        number, wrong = self.attempt(code, show)
        again = self.edited(code, wrong)
        if again is not None:
            self.go_back(again)
            show("error", "This cell ran before. What it and the cells after it did is undone: run those again.\n")
            number, wrong = self.attempt(code, show)
        if wrong is None:
            self.done.append((self.copy, number, code))
        return wrong

    def edited(self, code, wrong):
        """Which of the cells done is this one, run again after an edit? It defines a name again, and looks
        like the cell that defined it. (An index of `done`, or None.)"""
        if not wrong or "redefinition of" not in wrong:
            return None
        earlier = {int(cell) for cell in re.findall(r"cell (\d+):\d+:\d+: note: previous definition", wrong)}
        for i, (_, number, was) in enumerate(self.done):
            if number in earlier and difflib.SequenceMatcher(None, was, code).ratio() > 0.5:
                return i
        return None

    def go_back(self, index):
        """To before a cell. The first process that is ended wakes the one that waits for it."""
        for process, _, _ in self.done[index:]:
            os.kill(process, signal.SIGKILL)
        del self.done[index:]
        self.until("restored")

    def attempt(self, code, show):
        """The cell's number, and what went wrong."""
        self.cells, self.errors = self.cells + 1, ""
        path = pathlib.Path(self.folder.name, f"cell {self.cells}")
        path.write_text(code + "\n", encoding="utf-8")
        self.say("locus_begin();")
        kind, words = self.until("began", "restored")
        if kind == "restored":
            return self.cells, words
        self.copy, reason = int(words), None
        self.say(f'#include "{path}"')
        self.say("locus_end();")
        while True:
            try:
                for kind, words in self.pieces():
                    if kind == "stopped":
                        reason = words.split("\n")[0]
                    elif kind in ("ended", "restored"):
                        break
                    else:
                        show(kind, words)
                self.take_errors()
                if kind == "ended" and "error: Parsing failed" in self.errors:
                    reason = self.complaints()
                    self.undo()
                    kind, _ = self.until("restored")
                if kind == "restored":
                    return self.cells, reason or "It ended clang's interpreter.\n" + self.complaints()
                if self.errors:
                    show("error", self.complaints() + "\n")
                return self.cells, None
            except KeyboardInterrupt:
                reason = "Interrupted."
                self.undo()

    def complaints(self):
        """clang's, without the way to the cell."""
        lines = self.errors.replace(self.folder.name + "/", "").splitlines()
        noise = re.compile("In file included from (<<< inputs|input_line)|error: Parsing failed")
        return "\n".join(line for line in lines if not noise.match(line))

    def undo(self):
        os.kill(self.copy, signal.SIGKILL)

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.folder.cleanup()


class Cpp(Kernel):
    implementation, implementation_version, banner = "locus", "1", "C++20, with Locus"
    language_info = {"name": "cpp", "mimetype": "text/x-c++src", "file_extension": ".cpp",
                     "codemirror_mode": "text/x-c++src", "version": "20"}
    where = None  # settings.json. (Kernel has a session, and means something else by it.)
    interpreter = None

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False):
        def show(kind, words):
            if silent or kind == "verdict":
                return
            if kind == "picture":
                shown = picture(words)
                data = {form: "".join(text) for form, text in shown["data"].items()}
                self.send_response(self.iopub_socket, "display_data", {"data": data, "metadata": {}})
            else:
                name = "stderr" if kind == "error" else "stdout"
                self.send_response(self.iopub_socket, "stream", {"name": name, "text": words})

        if self.interpreter is None:
            self.interpreter = Session(self.where)
        wrong = self.interpreter.run(code, show) if code.strip() else None
        if wrong is None:
            return {"status": "ok", "execution_count": self.execution_count, "payload": [],
                    "user_expressions": {}}
        content = {"ename": "The cell did not run to its end, and changed nothing", "evalue": wrong,
                   "traceback": [wrong, "The session is as it was before this cell."]}
        self.send_response(self.iopub_socket, "error", content)
        return {"status": "error", "execution_count": self.execution_count, **content}

    def do_shutdown(self, restart):
        if self.interpreter:
            self.interpreter.close()
            self.interpreter = None
        return {"status": "ok", "restart": restart}


if __name__ == "__main__":
    Cpp.where = json.loads(pathlib.Path(sys.argv.pop(1)).read_text(encoding="utf-8"))
    IPKernelApp.launch_instance(kernel_class=Cpp)
