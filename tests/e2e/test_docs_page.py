"""The documentation page, in a real browser."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from bridge.compiler.command import compile_project
from bridge.project import Project
from tests.e2e.support.browser import browser, complaints
from tests.e2e.support.look import NARROW, SCREENS, WIDE, Look, look, show, show_as_it_is
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, curl, whole_system

pytestmark = pytest.mark.browser

# Far more than Swagger UI takes to resolve an operation of the shop on a busy machine.
SECONDS = 60
POLL_SECONDS = 0.02
TALLEST = 3000
# In this order the screen changes least often from one operation to the next.
NARROW_SCREENS = tuple(each for each in reversed(SCREENS) if each[0] == NARROW)
METHODS = ("get", "post", "put", "patch", "delete")

TODO = pytest.param("todo", id="todo")
# The shop has over a hundred operations, each of which takes seconds.
SHOP = pytest.param("shop", id="shop", marks=pytest.mark.slow)
MORE = {"todo": (), "shop": ("--account-b", "examples/shop")}


@dataclass(frozen=True)
class Opened:
    """What became of an operation that was opened and executed with what is filled in.

    Attributes:
        name: Its method and path.
        status: What it was answered with.
        looks: The page with the operation opened, on each screen.
        answered: The page with the answer, on each narrow screen.
    """

    name: str
    status: int
    looks: Mapping[tuple[int, str], Look]
    answered: Mapping[tuple[int, str], Look]


@pytest.fixture(params=[TODO, SHOP], scope="module")
def system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeSystem]:
    """Yields the whole system over each of the two APIs; one serves all tests of this file."""
    root = copy_runnable(tmp_path_factory.mktemp("system") / "project")
    (root / "account_b/rest.toml").write_text('exclude = ["Todo.dueAt"]\n')
    for path, text in compile_project(Project.at(root)).files.items():
        (root / path).write_text(text)
    with whole_system(root, more=MORE[request.param]) as running:
        yield running


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Yields a browser; one serves all tests of this file."""
    with browser(tmp_path_factory.mktemp("browser"), WIDE, 1400) as running:
        yield running


@pytest.fixture
def driver(browsing: WebDriver) -> Iterator[WebDriver]:
    """Yields the browser with an empty page, and puts its screen back; no script has failed."""
    browsing.get("about:blank")
    yield browsing
    show_as_it_is(browsing)
    assert complaints(browsing) == []


@pytest.fixture(scope="module")
def opened(system: WholeSystem, browsing: WebDriver) -> tuple[Opened, ...]:
    """Returns what became of every operation, each opened alone and executed."""
    document = curl(f"{system.url}/openapi.json").json()
    browsing.get(f"{system.sandbox_url}/docs")
    _wait(browsing, ".opblock-tag")
    walked = tuple(_walk(browsing, system, document))
    show_as_it_is(browsing)
    return walked


def _walk(driver: WebDriver, system: WholeSystem, document: Mapping[str, Any]) -> Iterator[Opened]:
    open_tag = ""
    for path, method, described in _operations(document):
        tag, name = described["tags"][0], described["operationId"]
        operation = f"#operations-{tag}-{name}"
        if not driver.find_elements(By.CSS_SELECTOR, operation):
            if open_tag:
                _click(driver, _wait(driver, f"#operations-tag-{open_tag}"))
            _click(driver, _wait(driver, f"#operations-tag-{tag}"))
            open_tag = tag
        _click(driver, _wait(driver, f"{operation} .opblock-summary-control"))
        # Swagger UI shows what it answers with once the operation's references are resolved;
        # before, Execute is there and does nothing.
        _wait(driver, f"{operation} .responses-wrapper")
        if "{" in path:
            _await_keys(driver, system, operation, path)
        looks = _looks(driver, SCREENS)
        _click(driver, _wait(driver, f"{operation} .execute"))
        row = f"{operation} .live-responses-table tr.response .response-col_status"
        status = int(_wait(driver, row).text.split()[0])
        # The browser complains of what is no 2xx, too.
        assert all(f"status of {status} " in each for each in complaints(driver)), path
        yield Opened(f"{method} {path}", status, looks, _looks(driver, NARROW_SCREENS))
        _click(driver, _wait(driver, f"{operation} .opblock-summary-control"))


def _operations(document: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Returns each path, method and operation; what ends an item comes last."""
    return [
        (path, method, item[method])
        for deleting in (False, True)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item and (method == "delete") is deleting
    ]


def _looks(driver: WebDriver, screens: Iterable[tuple[int, str]]) -> Mapping[tuple[int, str], Look]:
    looks = {}
    for width, scheme in screens:
        show(driver, width, scheme)
        looks[width, scheme] = look(driver)
    return looks


def _wait(driver: WebDriver, selector: str) -> WebElement:
    found = WebDriverWait(driver, SECONDS, POLL_SECONDS).until(
        lambda it: it.find_elements(By.CSS_SELECTOR, selector), selector
    )
    return found[0]


def _click(driver: WebDriver, element: WebElement) -> None:
    driver.execute_script("arguments[0].click()", element)


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


def test_execute_works_with_what_is_filled_in_on_every_operation(opened):
    """Each answers 2xx; an item made of examples may lead to none: that is a relation's 404."""
    assert len(opened) >= 9
    for each in opened:
        path = each.name.partition(" ")[2]
        # An endpoint's owner may say no: 422 shows that it was called.
        refused = each.status == 422 and path.startswith("/rpc/")
        leads_nowhere = each.status == 404 and "}/" in path and not path.endswith("}")
        assert 200 <= each.status < 300 or refused or leads_nowhere, each.name


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_the_page_with_an_operation_opened_is_within_the_bound(opened, width, scheme):
    """On each screen it is seen whole after a few turns, whichever operation it is."""
    tall = {each.name: each.looks[width, scheme].height for each in opened}
    assert {name: height for name, height in tall.items() if height > TALLEST} == {}


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_nothing_is_cut_squeezed_or_too_pale(opened, width, scheme):
    """Neither of an operation that is opened nor, on a narrow screen, of its answer."""
    looks = {each.name: [each.looks[width, scheme]] for each in opened}
    for each in opened:
        looks[each.name] += [each.answered[width, scheme]] if width == NARROW else []
    flaws = {name: [flaw for it in seen for flaw in it.flaws] for name, seen in looks.items()}
    assert {name: found for name, found in flaws.items() if found} == {}


@pytest.mark.parametrize("system", [TODO], indirect=True)
def test_what_is_left_out_is_named_in_a_section_that_opens(system, driver):
    """The sections of the description are folded; a press opens one."""
    show(driver, NARROW, "dark")
    driver.get(f"{system.sandbox_url}/docs")
    _wait(driver, ".info details")
    sections = driver.find_elements(By.CSS_SELECTOR, ".info details")
    assert [each.text for each in sections][-1] == "Not shown of the schema"
    sections[-1].find_element(By.TAG_NAME, "summary").click()
    assert "Todo.dueAt" in sections[-1].text
    assert look(driver).flaws == ()


def test_the_page_asks_nothing_of_the_network(system, driver):
    """All that it loads comes from the two accounts of this machine."""
    driver.get(f"{system.sandbox_url}/docs")
    _wait(driver, ".opblock-tag")
    loaded = driver.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert len(loaded) > 3
    assert all(url.startswith((system.url, system.sandbox_url)) for url in loaded)
