"""The doctor's page in a browser, written by the command over a broken chain."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.support.browser import browser, complaints
from tests.e2e.support.look import NARROW, SCREENS, WIDE, look, show, show_as_it_is
from tests.support.sandbox import RunningSandbox, sandbox_in_thread
from tests.support.todo import PROJECT

pytestmark = pytest.mark.browser

SECONDS = 30
STATIONS = ["function", "identity policy", "STS", "role", "AppSync", "resolvers"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Returns the page over a chain that holds, and over one that is broken."""
    folder = tmp_path_factory.mktemp("pages")
    with sandbox_in_thread(folder) as sandbox:
        code, healthy = written(sandbox, folder / "healthy.html")
        assert code == 0
        sandbox.edit("account_b/amplify/custom-roles.json", "TodoCrossAccountRole", "SomebodyElse")
        code, broken = written(sandbox, folder / "broken.html")
        assert code == 1
    return {"healthy": healthy, "broken": broken}


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Yields a browser; one serves all tests of this file."""
    with browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def driver(browsing: WebDriver) -> Iterator[WebDriver]:
    """Yields the browser with an empty page, and puts its screen back; no script has failed."""
    browsing.get("about:blank")
    yield browsing
    show_as_it_is(browsing)
    assert complaints(browsing) == []


def written(sandbox: RunningSandbox, page: Path) -> tuple[int, Path]:
    """Returns the command's exit code and the page that it wrote."""
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


def test_the_page_marks_the_broken_link_and_holds_its_remedy(pages, driver):
    """Both accounts are drawn, one station is broken, and its article says what to paste."""
    driver.get(pages["broken"].as_uri())
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


def test_the_page_of_a_healthy_chain_is_green_and_asks_nothing_of_the_network(pages, driver):
    """Every station holds, and the page loads nothing."""
    driver.get(pages["healthy"].as_uri())
    assert stations(driver) == [(name, "✓ holds") for name in STATIONS]
    assert driver.find_element(By.CSS_SELECTOR, ".verdict").text == "The chain holds."
    loaded = driver.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert loaded == []


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
@pytest.mark.parametrize("chain", ["healthy", "broken"])
def test_nothing_is_cut_squeezed_or_too_pale(pages, driver, chain, width, scheme):
    """Neither as the page comes, nor with all that is folded opened."""
    show(driver, width, scheme)
    driver.get(pages[chain].as_uri())
    assert look(driver).flaws == ()
    driver.find_element(By.TAG_NAME, "summary").click()
    assert look(driver).flaws == ()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_what_holds_is_folded_and_a_press_or_its_station_opens_it(pages, driver, width):
    """Nobody has to read what is well; its place in the picture leads to it all the same."""
    show(driver, width, "light")
    driver.get(pages["healthy"].as_uri())
    held = driver.find_elements(By.CSS_SELECTOR, "details article.ok")
    assert len(held) >= len(STATIONS)
    assert not any(each.is_displayed() for each in held)
    summary = driver.find_element(By.TAG_NAME, "summary")
    summary.click()
    assert all(each.is_displayed() for each in held)
    summary.click()
    assert not any(each.is_displayed() for each in held)
    driver.find_elements(By.CSS_SELECTOR, "svg a")[0].click()
    target = driver.find_element(By.CSS_SELECTOR, "article:target")
    WebDriverWait(driver, SECONDS).until(lambda _: target.is_displayed())


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_remedy_is_copied_by_a_press(pages, driver, width):
    """What stands beside the button is in the clipboard, to the letter, and the button says so."""
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
    show(driver, width, "light")
    driver.get(pages["broken"].as_uri())
    code = driver.find_element(By.CSS_SELECTOR, "article.broken .code")
    button = code.find_element(By.TAG_NAME, "button")
    button.click()
    WebDriverWait(driver, SECONDS).until(lambda _: button.text != "copy")
    assert button.text == "copied"
    read = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
    text = code.find_element(By.TAG_NAME, "code").get_property("textContent")
    assert driver.execute_async_script(read) == text
    assert "TodoCrossAccountRole" in str(text)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_pictures_words_can_be_read_and_are_within_their_boxes(pages, driver, width):
    """Drawn smaller or larger, no word is below 11 px, and none touches its box's edge."""
    show(driver, width, "light")
    driver.get(pages["broken"].as_uri())
    script = """return [...document.querySelectorAll("svg a text")].map(it => {
        const box = it.parentElement.querySelector(".box").getBoundingClientRect();
        const words = it.getBoundingClientRect();
        const drawn = parseFloat(getComputedStyle(it).fontSize) * it.getScreenCTM().a;
        return [drawn, Math.min(words.left - box.left, box.right - words.right)];
    })"""
    measured = driver.execute_script(script)
    assert len(measured) == 2 * len(STATIONS)
    assert min(drawn for drawn, _ in measured) >= 11
    assert min(room for _, room in measured) > 0
