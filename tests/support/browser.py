"""A real browser without a window, and a web server for the pages that it opens."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
POLL_SECONDS = 0.02
"""After which the web server notices that it is to end, and it is looked again at a page."""
PATIENCE = 60.0
DESKTOP, PHONE = (1280, 800), (390, 844)
NEEDS_BROWSER = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium is not installed: run tests/install_programs.sh"
)

_IN_VIEW = """
const box = document.querySelector(arguments[0]).getBoundingClientRect();
return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
"""


@dataclass(frozen=True)
class Browser:
    """A running browser."""

    driver: webdriver.Chrome

    def open(
        self, address: str, size: tuple[int, int] = DESKTOP, dark: bool = False, scale: int = 1
    ) -> None:
        """Opens a page, as if its address were typed, in a window of this size.

        Args:
            scale: how many dots a pixel of the page has on a side.
        """
        width, height = size
        # A headless window has a least width; a device has any.
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        # From one address to the same with another fragment nothing would be loaded.
        self.driver.get("about:blank")
        self.driver.get(address)

    def sees(self, selector: str) -> bool:
        """Whether the whole of the first such element comes into the window.

        A browser scrolls to a text some time after it has loaded the page.
        """
        return self.comes_to(lambda: bool(self.driver.execute_script(_IN_VIEW, selector)))

    def shows(self, color: tuple[int, int, int]) -> bool:
        """Whether something in the window comes to have this color."""
        return self.comes_to(
            lambda: color in {shown for _, shown in self.screenshot().getcolors(2**24) or ()}
        )

    def comes_to(self, holds: Callable[[], bool]) -> bool:
        """Whether something comes to hold, however busy the machine is."""
        try:
            return WebDriverWait(self.driver, PATIENCE, POLL_SECONDS).until(lambda _: holds())
        except TimeoutException:
            return False

    def number(self, script: str) -> float:
        """Returns the value of an expression in the page."""
        return float(self.driver.execute_script(f"return {script}"))

    def complaints(self) -> list[str]:
        """Returns the browser's error messages since the last call."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def screenshot(self) -> Image.Image:
        return Image.open(BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")


@contextmanager
def browsing(profile: Path, language: str = "zh-CN") -> Iterator[Browser]:
    """Yields a browser with a profile of its own in a folder, set to a language."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}", f"--accept-lang={language}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@contextmanager
def web_server(pages: Mapping[str, str]) -> Iterator[str]:
    """Serves these pages by path on loopback; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, pages))
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, pages: Mapping[str, str], *args: object) -> None:
        self._pages = pages
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        page = self._pages.get(self.path)
        self.send_response(200 if page is not None else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said of requests."""
