"""Chromium driven over its own debugging pipe: forms filled in, buttons pressed, pictures taken."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--remote-debugging-pipe",
]
SECONDS = 30.0


class Browser:
    """One page of a browser; what it logs and what it is refused is kept."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._read = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser for something and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            read = os.read(self._from, 1 << 16)
            assert read, "Chromium went away"
            self._read += read
        line, _, self._read = self._read.partition(b"\0")
        return dict(json.loads(line))

    def open(self, address: str) -> None:
        """Go to an address."""
        self._and_wait_for_the_page(lambda: self.call("Page.navigate", url=address))

    def press(self, selector: str) -> None:
        """Press a button that sends a form."""
        self._and_wait_for_the_page(lambda: self.run(f"{_one(selector)}.click()"))

    def _and_wait_for_the_page(self, act: Any) -> None:
        self.events.clear()
        act()
        deadline = time.monotonic() + SECONDS
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            assert time.monotonic() < deadline, self.events
            self.events.append(self._next())

    def fill(self, selector: str, text: str) -> None:
        """Write into a field, or choose in a list."""
        self.run(f"{_one(selector)}.value = {json.dumps(text)}")

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page, as a person at its console would."""
        done = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def text(self, selector: str) -> str:
        """What is written in an element or in its field."""
        return str(self.run(f"(e => e.value ?? e.innerText)({_one(selector)})"))

    def picture(self, file: Path, *, width: int = 1100, dark: bool = False) -> None:
        """Take a picture of the whole page."""
        self.look(dark=dark)
        self.size(width)
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def look(self, *, dark: bool) -> None:
        """Prefer a dark or a light page."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)

    def size(self, width: int) -> None:
        """Give the window a width and the height of the page."""
        sizes = {"deviceScaleFactor": 1, "mobile": False, "width": width}
        self.call("Emulation.setDeviceMetricsOverride", height=800, **sizes)
        height = self.run("document.documentElement.scrollHeight")
        self.call("Emulation.setDeviceMetricsOverride", height=height, **sizes)


def _one(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"


@contextmanager
def browser_with(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, and no JavaScript in its pages."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    its_input, to_browser = os.pipe()
    from_browser, its_output = os.pipe()
    words = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}"]
    # The browser reads from descriptor 3 and writes to 4.
    joined = f'exec "$@" 3<&{its_input} 4>&{its_output}'
    with subprocess.Popen(
        ["bash", "-c", joined, "bash", *words],
        pass_fds=(its_input, its_output),
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(its_input)
        os.close(its_output)
        try:
            browser = Browser(to_browser, from_browser)
            browser.call("Emulation.setScriptExecutionDisabled", value=True)
            yield browser
        finally:
            os.close(to_browser)
            process.terminate()
            process.wait()
            os.close(from_browser)
