"""The documentation page, in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.support.quiet_system import quiet_system
from tests.e2e.support.whole_system import WholeSystem, curl

SECONDS = 20
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1300,1400",
)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[WholeSystem]:
    """Yields the whole system."""
    with quiet_system(tmp_path) as running:
        yield running


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Yields a browser with a profile of its own."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    assert all(programs.values()), "run `make browser`: it installs chromium and chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = str(programs["chromium"])
    for option in (*OPTIONS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(programs["chromedriver"])
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def _wait(browser: webdriver.Chrome, selector: str) -> WebElement:
    found = WebDriverWait(browser, SECONDS).until(
        lambda it: it.find_elements(By.CSS_SELECTOR, selector)
    )
    return found[0]


def test_a_post_from_the_documentation_page_creates_an_item(system, browser):
    """The page shows the served document; its "try it" calls account A and shows the 201."""
    browser.get(f"{system.sandbox_url}/docs")
    operation = "#operations-todos-createTodo"
    _wait(browser, f"{operation} .opblock-summary-control").click()
    execute = _wait(browser, f"{operation} .execute")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", execute)
    execute.click()
    response = f"{operation} .live-responses-table tr.response"
    status = _wait(browser, f"{response} .response-col_status")

    assert status.text.split() == ["201"]
    (created,) = curl(f"{system.url}/todos").json()["items"]
    assert created["id"] in _wait(browser, f"{response} .highlight-code").text
    script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    loaded = browser.execute_script(script)
    assert loaded
    assert all(url.startswith((system.url, system.sandbox_url)) for url in loaded)
    assert browser.get_log("browser") == []
