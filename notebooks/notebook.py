"""A notebook as a file: its code cells, the outputs stored in it, and how a cell is called in messages."""
import html
import json
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent
MARK = re.compile("\x1e(\\w+) ([^\x1f]*)\x1f")  # see marks.h


class Failed(Exception):
    """What is wrong with a notebook, and where: the cell's number is that in In [..], 0 for none."""

    def __init__(self, notebook, cell, line, message):
        where = str(notebook.path.relative_to(TOP)) if notebook.path.is_relative_to(TOP) else str(notebook.path)
        if cell:
            where += f", cell {cell}"
        if line:
            where += f", line {line}"
        super().__init__(f"{where}: {message}")


class Notebook:
    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.stored = self.path.read_text(encoding="utf-8")
        self.json = json.loads(self.stored)
        self.cells = [cell for cell in self.json["cells"] if cell["cell_type"] == "code"]

    def sources(self):
        """Of the code cells, from the first, which is cell 1."""
        return ["".join(cell["source"]) for cell in self.cells]

    def is_check(self, number):
        return "check" in self.cells[number - 1]["metadata"].get("tags", [])

    def words(self):
        """The words of the other cells, each as one text."""
        return ["".join(cell["source"]) for cell in self.json["cells"] if cell["cell_type"] == "markdown"]

    def store(self, outputs):
        """outputs[i]: of cell i + 1, as `outputs_of` makes them."""
        for number, (cell, new) in enumerate(zip(self.cells, outputs), start=1):
            cell["outputs"], cell["execution_count"] = new, number
        text = json.dumps(self.json, ensure_ascii=False, indent=1) + "\n"
        if text != self.stored:
            self.path.write_text(text, encoding="utf-8")


def outputs_of(text):
    """Jupyter's outputs of what a cell wrote: lines and marks."""
    outputs, at = [], 0
    for mark in [*MARK.finditer(text), None]:
        lines = text[at:mark.start() if mark else len(text)]
        if lines and outputs and outputs[-1]["output_type"] == "stream":
            lines, outputs = "".join(outputs[-1]["text"]) + lines, outputs[:-1]
        if lines:
            outputs.append({"name": "stdout", "output_type": "stream", "text": lines.splitlines(True)})
        if mark and mark[1] == "picture":
            outputs.append(picture(mark[2]))
        at = mark.end() if mark else at
    return outputs


def picture(svg):
    """Jupyter's output of a picture, no wider than Jupyter's classic page: what is wider is cut off there."""
    widest, size = 880, re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    if size and float(size[1]) > widest:
        height = float(size[2]) * widest / float(size[1])
        svg = f'{svg[:size.start()]}width="{widest}" height="{height:.1f}"{svg[size.end():]}'
    title = re.search("<title>(.*?)</title>", svg, re.S)
    data = {"image/svg+xml": svg.splitlines(True), "text/plain": [html.unescape(title[1]) if title else "picture"]}
    return {"data": data, "metadata": {}, "output_type": "display_data"}


def legible(outputs):
    """What a reader reads in outputs, line by line: text, and the words in pictures. Not the lines that
    begin with 'time:', or with '| ', which is text that a model writes."""
    lines = []
    for output in outputs:
        if output["output_type"] == "stream":
            lines += "".join(output["text"]).splitlines()
        else:
            svg = "".join(output["data"]["image/svg+xml"])
            lines += ["picture: " + " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))]
    return [line for line in lines if not line.startswith(("time:", "| "))]
