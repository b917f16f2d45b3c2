"""in_browser.py FOLDER [NOTEBOOK ...]: opens notebooks in Jupyter in a Chromium without a window, runs all
cells, and looks whether every cell ran and every picture is there. Then puts the stored pictures of all
notebooks on a page of their own, as a code host shows them: as images, without script or style. Leaves a
screenshot of everything in FOLDER."""
import base64
import html
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests/gallery"), str(TOP / "notebooks")]
import browser  # noqa: E402
from notebook import Notebook  # noqa: E402

READY = """typeof Jupyter != 'undefined' && !!Jupyter.notebook && Jupyter.notebook._fully_loaded &&
           !!Jupyter.notebook.kernel && Jupyter.notebook.kernel.info_reply.status == 'ok'"""
# Of every code cell: whether it waits, what went wrong in it, its pictures and whether they can be seen.
CELLS = """
Jupyter.notebook.get_cells().filter(cell => cell.cell_type == 'code').map(cell => {
  const element = cell.element[0], outputs = cell.output_area.outputs;
  const pictures = [...element.querySelectorAll('.output_svg svg')].filter(svg => !svg.parentElement.closest('svg'));
  return {waits: cell.input_prompt_number == '*' || cell.input_prompt_number == null,
          errors: outputs.filter(output => output.output_type == 'error').map(output => output.evalue),
          pictures: outputs.filter(output => output.data && output.data['image/svg+xml']).length,
          seen: pictures.filter(svg => {
            const box = svg.getBoundingClientRect(), frame = svg.closest('.output_svg').getBoundingClientRect();
            return box.width > 100 && box.height > 50 && box.right <= frame.right + 1;
          }).length};
})
"""


def screenshot(page, path):
    """Of the whole page."""
    width, height = page.ask("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    area = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    data = page.do("Page.captureScreenshot", clip=area, captureBeyondViewport=True)["data"]
    path.write_bytes(base64.b64decode(data))


def in_jupyter(page, address, token, path, folder):
    """Opens, runs all, and says what is wrong."""
    notebook = Notebook(path)
    page.open(f"{address}notebooks/{urllib.parse.quote(str(path.name))}?token={token}", 1200)
    wait(lambda: page.ask(READY), 120)
    page.ask("Jupyter.notebook.clear_all_output(); Jupyter.notebook.execute_all_cells()")
    wait(lambda: any(cell["errors"] for cell in page.ask(CELLS)) or
         not any(cell["waits"] for cell in page.ask(CELLS)), 1800)
    cells = page.ask(CELLS)
    for number, (cell, stored) in enumerate(zip(cells, notebook.cells), start=1):
        expected = sum(output["output_type"] == "display_data" for output in stored["outputs"])
        if cell["errors"]:
            yield f"{path.name}, cell {number}: {cell['errors']}"
        if cell["pictures"] != expected or cell["seen"] != expected:
            yield (f"{path.name}, cell {number}: {expected} pictures, {cell['pictures']} came and {cell['seen']} "
                   "are seen")
    if len(cells) != len(notebook.cells):
        yield f"{path.name}: {len(notebook.cells)} cells, and Jupyter has {len(cells)}"
    if page.ask("document.querySelectorAll('.MathJax').length") == 0:
        yield f"{path.name}: no formula is set"
    # The page scrolls inside of itself: let it grow, so that all of it is on the picture.
    page.ask("""document.querySelectorAll('#site, body').forEach(element => {
      element.style.height = 'auto'; element.style.overflow = 'visible' })""")
    screenshot(page, folder / f"{path.stem}.png")
    page.ask("Jupyter.notebook.kernel.kill(); window.onbeforeunload = null")


def wait(is_so, seconds):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError(f"Jupyter did not get there within {seconds} seconds.")
        time.sleep(0.5)


def as_images(page, paths, folder):
    """All stored pictures on one static page."""
    body, count = "", 0
    for path in paths:
        body += f"<h1>{html.escape(path.name)}</h1>\n"
        for cell in Notebook(path).cells:
            for output in cell["outputs"]:
                svg = "".join(output.get("data", {}).get("image/svg+xml", ""))
                if not svg:
                    continue
                count += 1
                if re.search(r"<script|<style|href=|<image|<foreignObject", svg) or not re.match(
                        r'<svg xmlns="http://www.w3.org/2000/svg" width="[\d.]+" height="[\d.]+"', svg):
                    yield f"{path.name}: picture {count} would not be shown by a code host"
                data = base64.b64encode(svg.encode()).decode()
                body += f'<img src="data:image/svg+xml;base64,{data}" style="max-width: 100%">\n'
    page_path = folder / "pictures.html"
    page_path.write_text(f"<!doctype html><meta charset='utf-8'>{body}", encoding="utf-8")
    page.open(page_path.as_uri(), 1200)
    shown = page.ask("""[...document.images].filter(
      image => image.complete && image.naturalWidth > 100 && image.naturalHeight > 50).length""")
    if shown != count or count == 0:
        yield f"of {count} pictures, {shown} are shown on a static page"
    screenshot(page, folder / "pictures.png")
    print(f"{shown} stored pictures are shown on a static page.")


def jupyter(folder, token):
    """Starts a server on copies of the notebooks; returns its process and address."""
    flags = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--NotebookApp.token={token}",
             "--NotebookApp.use_redirect_file=False", f"--notebook-dir={folder}"]
    log = open(pathlib.Path(folder, "jupyter.log"), "w+", encoding="utf-8")  # noqa: SIM115
    server = subprocess.Popen(["jupyter-notebook", *flags], stdout=log, stderr=log)

    def address():
        log.seek(0)
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read())
        if server.poll() is not None:
            raise RuntimeError("Jupyter ended: " + pathlib.Path(log.name).read_text(encoding="utf-8")[-1000:])
        return found and found[0]

    wait(address, 120)
    return server, address()


def main(out, *names):
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [pathlib.Path(name) for name in names] or sorted((TOP / "notebooks").glob("[0-9]*.ipynb"))
    program, wrong, token = browser.installed(), [], secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as copies:
        for path in paths:
            shutil.copy(path, copies)
        server, address = jupyter(copies, token)
        try:
            with browser.Browser(program) as page:
                for path in paths:
                    start = time.monotonic()
                    wrong += in_jupyter(page, address, token, path, folder)
                    print(f"{path.name} ran in Jupyter, {time.monotonic() - start:.0f} s", flush=True)
                wrong += as_images(page, paths, folder)
        finally:
            server.terminate()
            server.wait()
    print("\n".join(wrong) or f"{len(paths)} notebooks opened, run and seen. Screenshots are in {folder}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
