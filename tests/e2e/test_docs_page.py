"""The documentation page, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.support.browser import browser, complaints
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, curl, whole_system

pytestmark = pytest.mark.browser

SECONDS = 20


@pytest.fixture
def system(tmp_path: Path) -> Iterator[WholeSystem]:
    """Yields the whole system."""
    with whole_system(copy_runnable(tmp_path / "project")) as running:
        yield running


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[WebDriver]:
    """Yields a browser with a profile of its own."""
    with browser(tmp_path, 1300, 1400) as running:
        yield running


def _wait(driver: WebDriver, selector: str) -> WebElement:
    found = WebDriverWait(driver, SECONDS).until(
        lambda it: it.find_elements(By.CSS_SELECTOR, selector)
    )
    return found[0]


def test_a_post_from_the_documentation_page_creates_an_item(system, driver):
    """The page shows the served document; its "try it" calls account A and shows the 201."""
    driver.get(f"{system.sandbox_url}/docs")
    operation = "#operations-todos-createTodo"
    _wait(driver, f"{operation} .opblock-summary-control").click()
    execute = _wait(driver, f"{operation} .execute")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", execute)
    execute.click()
    response = f"{operation} .live-responses-table tr.response"
    status = _wait(driver, f"{response} .response-col_status")

    assert status.text.split() == ["201"]
    (created,) = curl(f"{system.url}/todos").json()["items"]
    assert created["id"] in _wait(driver, f"{response} .highlight-code").text
    script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    loaded = driver.execute_script(script)
    assert loaded
    assert all(url.startswith((system.url, system.sandbox_url)) for url in loaded)
    assert complaints(driver) == []
