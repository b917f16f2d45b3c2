"""Chromium without a window, driven through its remote debugging pipe with nothing but Python itself:
commands go in on its file 3, answers and events come out on its file 4, each JSON and a zero byte."""
import json
import os
import shutil
import subprocess
import tempfile
import time


def installed():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


class Browser:
    """One page. `events` holds what Chromium has reported since the page was opened."""

    def __init__(self, program, patience=60):
        self.patience = patience  # seconds for one answer
        self.folder = tempfile.mkdtemp()  # Chromium's own files
        self.events, self.answers, self.unread, self.last_id = [], {}, b"", 0
        in_read, self.commands = os.pipe()
        self.replies, out_write = os.pipe()
        flags = ["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--user-data-dir=" + self.folder]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{in_read} 4>&{out_write}', "-", program, *flags, "about:blank"],
            pass_fds=(in_read, out_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(in_read)
        os.close(out_write)
        os.set_blocking(self.replies, False)
        self.session = None
        try:
            self.attach()
        except BaseException:
            self.close()
            raise

    def attach(self):
        target = next(t for t in self.do("Target.getTargets")["targetInfos"] if t["type"] == "page")
        answer = self.do("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self.session = answer["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.do(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.wait()
        for end in self.commands, self.replies:
            os.close(end)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self):
        """Files what has come, waiting a moment when there is nothing."""
        try:
            piece = os.read(self.replies, 1 << 20)
        except BlockingIOError:
            time.sleep(0.005)
            return
        if not piece:
            raise RuntimeError("Chromium has ended.")
        *messages, self.unread = (self.unread + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def wait(self, is_there, what):
        end = time.monotonic() + self.patience
        while not is_there():
            if time.monotonic() > end:
                raise RuntimeError(f"Chromium did not answer within {self.patience} seconds: {what}")
            self.read()

    def do(self, method, **parameters):
        """A command of the DevTools protocol and its result."""
        self.last_id += 1
        number = self.last_id
        command = {"id": number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        text = json.dumps(command).encode() + b"\0"
        while text:
            text = text[os.write(self.commands, text):]
        self.wait(lambda: number in self.answers, method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def named(self, method):
        return [event["params"] for event in self.events if event["method"] == method]

    def open(self, url, width, dark=False):
        """Opens a page in a window of this width, and waits until it is loaded."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.do("Page.navigate", url=url)
        self.wait(lambda: self.named("Page.loadEventFired"), "loading " + url)

    def ask(self, script):
        """The value of a JavaScript expression."""
        answer = self.do("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def press(self, key):
        code = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Tab": 9}[key]
        for kind in "rawKeyDown", "keyUp":
            self.do("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)
