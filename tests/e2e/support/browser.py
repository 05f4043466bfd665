"""Headless Chromium, Debian's, with nothing kept from one test to the next."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser(folder: Path, width: int = 1280, height: int = 900) -> Iterator[WebDriver]:
    """Runs a browser.

    Args:
        folder: A folder of the test's own, for the browser's profile.
        width: Of the window, in pixels.
        height: Of the window, in pixels.
    """
    driver_path, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    assert chromium, "install Debian's package chromium"
    assert driver_path, "install Debian's package chromium-driver"
    options = Options()
    options.binary_location = chromium
    own = (f"--window-size={width},{height}", f"--user-data-dir={folder / 'profile'}")
    for flag in (*_FLAGS, *own):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(driver_path))
    try:
        yield driver
    finally:
        driver.quit()


def complaints(driver: WebDriver) -> list[str]:
    """Returns the errors in the browser's console: scripts' own, and what a policy blocked."""
    entries = driver.get_log("browser")
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
