"""Drive Chromium without a window, by its DevTools protocol on a pipe.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

TIMEOUT_SECONDS = 120
"""Of one command or condition; only ends a hang."""

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe"),
)


class BrowserError(RuntimeError):
    """The browser did not do what it was asked for."""


def program() -> str | None:
    """The installed Chromium."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@dataclass
class Tab:
    """One page.

    Attributes:
        messages: What it wrote to the console, and what its security policy refused.
    """

    _requests: BinaryIO
    _session: str = ""
    _number: int = 0
    _answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    _arrived: threading.Condition = field(default_factory=threading.Condition)
    messages: list[str] = field(default_factory=list)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run one command of the protocol; return its result.

        Raises:
            BrowserError: the command failed.
        """
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            request["sessionId"] = self._session
        self._requests.write(json.dumps(request).encode() + b"\0")
        self._requests.flush()
        with self._arrived:
            number = self._number
            self._arrived.wait_for(lambda: number in self._answers, TIMEOUT_SECONDS)
            answer = self._answers.pop(number, {"error": "no answer"})
        if "error" in answer:
            msg = f"{method}: {answer['error']}"
            raise BrowserError(msg)
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self.send("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)}")
        self.wait("document.readyState === 'complete'")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, or of its promise."""
        answer = self.send(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"])[:2_000])
        return answer["result"].get("value")

    def wait(self, condition: str) -> Any:
        """Wait until an expression is true; return its value.

        Raises:
            BrowserError: it is not after TIMEOUT_SECONDS.
        """
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (found := self.evaluate(condition)):
            if time.monotonic() > deadline:
                text = self.evaluate("document.body.innerText")
                msg = f"not true: {condition}\n{text}\n{self.messages}"
                raise BrowserError(msg)
            time.sleep(0.05)
        return found

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Set the viewport, in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def prefer(self, **media: str) -> None:
        """Set what the user prefers, such as prefers_color_scheme="dark"."""
        features = [
            {"name": name.replace("_", "-"), "value": value}
            for name, value in media.items()
        ]
        self.send("Emulation.setEmulatedMedia", features=features)

    def press(self, key: str, text: str = "") -> None:
        """Press and release a key, such as Tab or Enter."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        event = {"key": key, "windowsVirtualKeyCode": codes[key]}
        text = text or {"Enter": "\r", " ": " "}.get(key, "")
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def drop(self, files: Sequence[Path]) -> None:
        """Drag files or folders over the page, and drop them."""
        self.hover(files)
        self._drag("drop", files)

    def hover(self, files: Sequence[Path]) -> None:
        """Drag files or folders over the page."""
        self._drag("dragEnter", files)
        self._drag("dragOver", files)

    def _drag(self, event: str, files: Sequence[Path]) -> None:
        data: dict[str, Any] = {"items": [], "files": [str(file) for file in files]}
        data["dragOperationsMask"] = 1  # copy
        self.send("Input.dispatchDragEvent", type=event, x=300, y=300, data=data)

    def limit_uploads(self, bytes_per_second: int) -> None:
        """Slow uploads down; -1 does not."""
        self.send("Network.enable")
        self.send(
            "Network.emulateNetworkConditions",
            offline=False,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=bytes_per_second,
        )

    def choose(self, selector: str, files: Sequence[Path]) -> None:
        """Choose files for an input, as its dialog would."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)
        names = [str(file) for file in files]
        self.send("DOM.setFileInputFiles", nodeId=node["nodeId"], files=names)

    def screenshot(self, file: Path, *, whole: bool = False) -> None:
        """Write what is visible, or the whole page, as PNG."""
        answer = self.send(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole
        )
        file.write_bytes(base64.b64decode(answer["data"]))

    def attach(self) -> None:
        """Open the tab and listen to what it reports."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        answer = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = answer["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.send(f"{domain}.enable")

    def listen(self, responses: BinaryIO) -> None:
        """Read the browser's messages until it ends."""
        rest = b""
        while data := os.read(responses.fileno(), 1 << 20):
            *complete, rest = (rest + data).split(b"\0")
            for text in complete:
                self._receive(json.loads(text))

    def _receive(self, message: dict[str, Any]) -> None:
        match message:
            case {"id": number}:
                with self._arrived:
                    self._answers[number] = message
                    self._arrived.notify_all()
            case {"method": "Log.entryAdded", "params": {"entry": entry}}:
                self.messages.append(f"{entry['level']}: {entry['text']}")
            case {"method": "Runtime.exceptionThrown", "params": parameters}:
                self.messages.append(f"error: {parameters['exceptionDetails']}")
            case {"method": "Runtime.consoleAPICalled", "params": parameters}:
                self.messages.append(f"{parameters['type']}: {parameters['args']}")


@contextmanager
def chromium(profile: Path, *flags: str) -> Iterator[Tab]:
    """Run Chromium with one tab.

    Args:
        profile: A folder for the browser's files.
        flags: More options of the program.

    Raises:
        BrowserError: there is none.
    """
    found = program()
    if not found:
        msg = "Chromium is not installed: apt-get install chromium"
        raise BrowserError(msg)
    to_browser, from_tab = os.pipe()
    to_tab, from_browser = os.pipe()
    command = [found, *_FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"]
    # Chromium reads descriptor 3 and writes to 4.
    script = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", *command],
        pass_fds=(to_browser, from_browser),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    with os.fdopen(from_tab, "wb") as requests, os.fdopen(to_tab, "rb") as responses:
        tab = Tab(requests)
        threading.Thread(target=tab.listen, args=[responses], daemon=True).start()
        try:
            tab.attach()
            yield tab
        finally:
            process.kill()
            process.wait()
