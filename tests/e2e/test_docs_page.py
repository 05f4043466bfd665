"""The documentation page, in a real browser."""

from collections.abc import Iterator

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
POLL_SECONDS = 0.02
TALLEST = 3000
WIDTH = 1280
NARROW = 390
METHODS = ("get", "post", "put", "patch", "delete")


# The shop has over a hundred operations, each of which takes seconds.
SHOP = pytest.param(("--account-b", "examples/shop"), id="shop", marks=pytest.mark.slow)


@pytest.fixture(params=[pytest.param((), id="todo"), SHOP], scope="module")
def system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeSystem]:
    """Yields the whole system over each of the two APIs; one serves all tests of this file."""
    project = copy_runnable(tmp_path_factory.mktemp("system") / "project")
    with whole_system(project, more=request.param) as running:
        yield running


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Yields a browser; one serves all tests of this file."""
    with browser(tmp_path_factory.mktemp("browser"), WIDTH, 1400) as running:
        yield running


@pytest.fixture
def driver(browsing: WebDriver) -> Iterator[WebDriver]:
    """Yields the browser with an empty page, and puts its screen back; no script has failed."""
    browsing.get("about:blank")
    yield browsing
    browsing.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browsing.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert complaints(browsing) == []


def _wait(driver: WebDriver, selector: str) -> WebElement:
    found = WebDriverWait(driver, SECONDS, POLL_SECONDS).until(
        lambda it: it.find_elements(By.CSS_SELECTOR, selector)
    )
    return found[0]


def _click(driver: WebDriver, element: WebElement) -> None:
    driver.execute_script("arguments[0].click()", element)


def _height(driver: WebDriver) -> int:
    return int(driver.execute_script("return document.documentElement.scrollHeight"))


def _await_keys(driver: WebDriver, system: WholeSystem, operation: str, path: str) -> None:
    """Waits until the key of an item that is there stands in the operation's fields."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    listed = curl(f"{system.url}/{path.split('/')[1]}").json()["items"]
    keys = [[str(item[name]) for name in names] for item in listed]
    assert keys, path

    def filled_in(_: WebDriver) -> bool:
        fields = (
            _wait(driver, f'{operation} tr[data-param-name="{each}"][data-param-in="path"] input')
            for each in names
        )
        return [field.get_attribute("value") for field in fields] in keys

    WebDriverWait(driver, SECONDS, POLL_SECONDS).until(filled_in, path)


def test_execute_works_with_what_is_filled_in_on_every_operation(system, driver):
    """Each is opened alone, the page is no taller than the bound, and it answers 2xx.

    An item made of examples may lead to none: that is a relation's 404.
    """
    document = curl(f"{system.url}/openapi.json").json()
    driver.get(f"{system.sandbox_url}/docs")
    _wait(driver, ".opblock-tag")
    operations = [
        (path, method, item[method])
        for deleting in (False, True)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item and (method == "delete") is deleting
    ]
    opened = ""
    for path, method, described in operations:
        tag, name = described["tags"][0], described["operationId"]
        operation = f"#operations-{tag}-{name}"
        if not driver.find_elements(By.CSS_SELECTOR, operation):
            if opened:
                _click(driver, _wait(driver, f"#operations-tag-{opened}"))
            _click(driver, _wait(driver, f"#operations-tag-{tag}"))
            opened = tag
        _click(driver, _wait(driver, f"{operation} .opblock-summary-control"))
        # Swagger UI shows what it answers with once the operation's references are resolved;
        # before, Execute is there and does nothing.
        _wait(driver, f"{operation} .responses-wrapper")
        execute = _wait(driver, f"{operation} .execute")
        assert _height(driver) <= TALLEST, (method, path)
        if "{" in path:
            _await_keys(driver, system, operation, path)
        _click(driver, execute)
        row = f"{operation} .live-responses-table tr.response .response-col_status"
        status = int(_wait(driver, row).text.split()[0])
        # An endpoint's owner may say no: 422 shows that it was called.
        refused = status == 422 and path.startswith("/rpc/")
        leads_nowhere = status == 404 and "}/" in path and not path.endswith("}")
        assert 200 <= status < 300 or refused or leads_nowhere, (method, path, status)
        # The browser complains of these answers too.
        assert all(f"status of {status} " in each for each in complaints(driver)), path
        _click(driver, _wait(driver, f"{operation} .opblock-summary-control"))
    assert len(operations) >= 9
    script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    loaded = driver.execute_script(script)
    assert all(url.startswith((system.url, system.sandbox_url)) for url in loaded)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_narrow_screen(system, driver, scheme):
    """At 390 pixels an opened operation is within the bound and the edge, by day and by night."""
    size = {"width": NARROW, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    driver.get(f"{system.sandbox_url}/docs")
    tag = _wait(driver, ".opblock-tag")
    if not driver.find_elements(By.CSS_SELECTOR, ".opblock"):
        _click(driver, tag)
    for at in range(len(driver.find_elements(By.CSS_SELECTOR, ".opblock"))):
        control = driver.find_elements(By.CSS_SELECTOR, ".opblock .opblock-summary-control")[at]
        _click(driver, control)
        _wait(driver, ".execute")
        assert _height(driver) <= TALLEST, control.text
        assert driver.execute_script("return document.documentElement.scrollWidth") <= NARROW
        _click(driver, control)
        WebDriverWait(driver, SECONDS).until(
            lambda it: not it.find_elements(By.CSS_SELECTOR, ".execute")
        )
    script = "return getComputedStyle(document.body).backgroundColor"
    assert (driver.execute_script(script) == "rgb(28, 32, 34)") == (scheme == "dark")
