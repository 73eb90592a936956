# summary: drives a headless Chromium over the pipe of its DevTools protocol; needs nothing but Python and chromium
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

WAIT_S = 60  # for any one answer: far longer than a slow machine needs


class Failure(Exception):
    """The browser or the page did not do what was asked."""


class Browser:
    """One browser with one page. `messages`: what the page wrote to its console, `requests`: what it asked for."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="poolprobe-page-")
        to_read, self.to_write = os.pipe()
        self.from_read, from_write = os.pipe()
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if not program:
            raise Failure("chromium is not installed: tools/install-deps.sh --tests")
        # the protocol's pipe are the descriptors 3 and 4
        command = ["bash", "-c", 'exec "$@" 3<&%d 4>&%d' % (to_read, from_write), "bash", program, "--headless",
                   "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--force-color-profile=srgb", "--font-render-hinting=none", "--hide-scrollbars", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(to_read, from_write), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.messages = []
        self.requests = []
        self.loaded = False
        self._attach()

    def _attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to_write)
        os.close(self.from_read)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _receive(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.from_read], [], [], left)[0]:
                raise Failure("the browser did not answer in time")
            got = os.read(self.from_read, 1 << 20)
            if not got:
                raise Failure("the browser ended")
            self.buffer += got
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def _note(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.messages.append("exception: " + json.dumps(params["exceptionDetails"])[:600])
        elif method == "Runtime.consoleAPICalled":
            self.messages.append("console: " + json.dumps(params.get("args", []))[:600])
        elif method == "Log.entryAdded":
            self.messages.append("log: " + params["entry"]["text"][:600])
        elif method == "Page.javascriptDialogOpening":
            self.messages.append("dialog: " + params.get("message", ""))

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to_write, json.dumps(request).encode() + b"\0")
        until = time.monotonic() + WAIT_S
        while True:
            answer = self._receive(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failure(f"{method}: {answer['error'].get('message')}")
                return answer.get("result", {})
            self._note(answer)

    def size(self, width, height=900, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def media(self, name):
        self.call("Emulation.setEmulatedMedia", media=name)

    def scripts(self, on):
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def open(self, path):
        """Loads a file and waits until its load event."""
        self.messages.clear()
        self.requests.clear()
        self.loaded = False
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        until = time.monotonic() + WAIT_S
        while not self.loaded:
            self._note(self._receive(until))

    def eval(self, expression):
        """Value of an expression in the page; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise Failure(f"{expression[:80]}: {json.dumps(result['exceptionDetails'])[:300]}")
        return result["result"].get("value")

    def key(self, name, text=""):
        codes = {"Tab": 9, "Enter": 13}
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=codes[name], text=text if kind == "keyDown" else "")

    def settle(self):
        """After two frames, what was to be drawn is drawn."""
        self.eval("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(1))))")

    def screenshot(self, clip=None):
        """PNG of the whole page, or of the element that the selector `clip` names."""
        if clip:
            box = self.eval(f"(() => {{const b = document.querySelector({json.dumps(clip)}).getBoundingClientRect();"
                            "return [b.x + scrollX, b.y + scrollY, b.width, b.height]})()")
        else:
            box = self.eval("[0, 0, document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        area = {"x": box[0], "y": box[1], "width": max(1, box[2]), "height": max(1, min(box[3], 16000)), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", clip=area, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])
