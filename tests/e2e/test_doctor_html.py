"""The doctor's page in a browser, written by the command over a broken chain."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from tests.e2e.support.browser import browser, complaints
from tests.support.sandbox import RunningSandbox, sandbox_in_thread
from tests.support.todo import PROJECT

pytestmark = pytest.mark.browser

STATIONS = ["function", "identity policy", "STS", "role", "AppSync", "resolvers"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """Yields a sandbox over copies of the files."""
    with sandbox_in_thread(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Yields a browser; one serves all tests of this file."""
    with browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


def written(sandbox: RunningSandbox, folder: Path) -> tuple[int, Path]:
    """Returns the command's exit code and the page that it wrote."""
    page = folder / "report.html"
    command = [sys.executable, "-m", "bridge", "doctor", "--html", str(page)]
    command += ["--root", str(sandbox.root), "--state", str(sandbox.state)]
    environment = {"PATH": "/usr/bin:/bin", "SANDBOX_PORT": sandbox.url.rpartition(":")[2]}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, page


def stations(driver: WebDriver) -> list[tuple[str, str]]:
    """Returns each station of the picture with the words under its name."""
    boxes = driver.find_elements(By.CSS_SELECTOR, "svg a")
    texts = [[text.text for text in box.find_elements(By.TAG_NAME, "text")] for box in boxes]
    return [(name, words) for name, words in texts]


def test_the_page_marks_the_broken_link_and_holds_its_remedy(
    sandbox: RunningSandbox, driver: WebDriver, tmp_path: Path
):
    """Both accounts are drawn, one station is broken, and its article says what to paste."""
    sandbox.edit("account_b/amplify/custom-roles.json", "TodoCrossAccountRole", "SomebodyElse")
    code, page = written(sandbox, tmp_path)
    assert code == 1
    driver.get(page.as_uri())
    drawn = dict(stations(driver))
    assert list(drawn) == STATIONS
    assert drawn.pop("resolvers") == "✗ broken"
    assert set(drawn.values()) == {"✓ holds"}
    accounts = [each.text for each in driver.find_elements(By.CSS_SELECTOR, "svg .title")]
    assert accounts == ["account A", "account B"]
    # The line to the broken station, and the cross over it, have the broken colour.
    red = driver.find_element(By.CSS_SELECTOR, "article.broken .status").value_of_css_property
    cut = driver.find_elements(By.CSS_SELECTOR, "svg .link.broken")
    strokes = {each.value_of_css_property("stroke") for each in cut}
    assert len(cut) == 2
    assert strokes == {red("color").replace("rgba", "rgb").replace(", 1)", ")")}
    first = driver.find_element(By.CSS_SELECTOR, "article")
    assert "The role is not listed" in first.text
    pasted = first.find_element(By.CSS_SELECTOR, ".remedy pre").text
    assert "TodoCrossAccountRole" in pasted
    # A station leads to what was found of it.
    driver.find_elements(By.CSS_SELECTOR, "svg a")[-1].click()
    assert driver.current_url.endswith("#Amplify-s-admin-roles")
    assert complaints(driver) == []


@pytest.mark.parametrize("width", [1280, 480])
def test_the_page_of_a_healthy_chain_is_green_and_asks_nothing_of_the_network(
    sandbox: RunningSandbox, driver: WebDriver, tmp_path: Path, width: int
):
    """Every station holds; the page loads nothing, and scrolls only its picture sideways."""
    code, page = written(sandbox, tmp_path)
    assert code == 0
    driver.set_window_size(width, 900)
    driver.get(page.as_uri())
    assert stations(driver) == [(name, "✓ holds") for name in STATIONS]
    assert driver.find_element(By.CSS_SELECTOR, ".verdict").text == "The chain holds."
    loaded = driver.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert loaded == []
    overflow = driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0
    assert complaints(driver) == []
