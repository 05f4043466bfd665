"""The console page in a browser, over the whole system."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.e2e.support.browser import browser, complaints
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import Reply, WholeSystem, curl, whole_system
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

WAIT_SECONDS = 30.0
T = TypeVar("T")
JSON = ("-H", "content-type: application/json")


@dataclass
class Console:
    """The page, and the system that it is about."""

    driver: WebDriver
    system: WholeSystem
    project: Path

    def open(self) -> None:
        """Loads the page anew."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.system.sandbox_url}/console")

    def go(self, view: str) -> None:
        """Changes the view by its link, as a user does."""
        self.find(f'nav a[href="#{view}"]').click()

    def find(self, selector: str) -> WebElement:
        """Returns the first visible element of a CSS selector, once it is there."""

        def shown() -> WebElement | None:
            found = self.driver.find_elements(By.CSS_SELECTOR, selector)
            return next((element for element in found if element.is_displayed()), None)

        return self.wait(shown)

    def text(self, selector: str) -> str:
        """Returns the text of the first element of a CSS selector, empty without one."""
        return next(iter(self.texts(selector)), "")

    def texts(self, selector: str) -> list[str]:
        """Returns the elements' texts, all read at one moment: the page may draw them anew."""
        script = "return [...document.querySelectorAll(arguments[0])].map(it => it.innerText)"
        texts = self.driver.execute_script(script, selector)
        return [" ".join(text.split()) for text in texts]

    def wait(self, found: Callable[[], T | None]) -> T:
        """Returns what is found, once it is."""
        waiting = WebDriverWait(self.driver, WAIT_SECONDS, 0.05, [StaleElementReferenceException])
        return waiting.until(lambda _: found() or False)

    def steps(self) -> list[str]:
        """Returns the diagram's steps as they are read."""
        return self.texts(".steps > li")

    def post(self, todo: Any) -> Reply:
        """Makes a request of the REST API."""
        return curl("-X", "POST", f"{self.system.url}/todos", *JSON, "-d", json.dumps(todo))

    def shows(self, reply: Reply) -> None:
        """Waits until the diagram is about this reply's request, down to its last step."""
        request_id = reply.headers["X-Request-Id"]
        self.wait(lambda: request_id in self.text(".request-head"))
        self.wait(lambda: (self.steps() or [""])[-1].startswith(str(reply.status)))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces a text, which must be there, in one of the system's files."""
        file = self.project / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Yields the page in a browser; one system serves all tests of this file."""
    folder = tmp_path_factory.mktemp("console")
    project = copy_runnable(folder / "project")
    with whole_system(project) as system, browser(folder) as driver:
        yield Console(driver, system, project)


@pytest.fixture
def console(running: Console) -> Iterator[Console]:
    """Yields the page, and puts the system's files and faults back; no script has failed."""
    files = [running.project / "account_b" / "template.yaml"]
    files += [running.project / "account_b" / "amplify" / "custom-roles.json"]
    before = [file.read_bytes() for file in files]
    running.driver.set_window_size(1280, 900)
    running.open()
    yield running
    for file, content in zip(files, before, strict=True):
        file.write_bytes(content)
    curl("-X", "DELETE", f"{running.system.sandbox_url}/_admin/faults")
    assert complaints(running.driver) == []


def test_a_request_appears_with_each_hop_of_the_chain(console: Console):
    """Live, without a reload: REST, cached session, SigV4, the deciding statement, the table."""
    created = console.post({"name": "milk"})
    assert created.status == 201
    console.shows(created)
    item_id = created.json()["id"]
    steps = console.steps()
    assert steps[0] == "POST /todos from client to gateway"
    assert steps[1].startswith("Session cached for ")
    assert steps[2] == "POST /graphql mutation SigV4 from gateway to appsync"
    assert steps[3] == "Signature valid"
    assert steps[4] == "Mutation.createTodo allowed by WriteTheApisFields"
    assert steps[5] == f"createTodo {item_id[:12]}… from appsync to store"
    assert steps[6] == "ok from store to appsync"
    assert steps[7].startswith("200 ")
    assert len(steps) == 9

    console.go("tables")
    row = console.wait(lambda: console.text("#tables tbody"))
    assert item_id in row
    assert "milk" in row
    assert console.text(".keys") == "key id"


def test_a_list_shows_how_its_table_was_read(console: Console):
    """A scan reads every item, and a get one, by its key."""
    item = console.post({"name": "eggs"}).json()
    listed = curl(f"{console.system.url}/todos")
    console.shows(listed)
    read = len(listed.json()["items"])
    noun = "item" if read == 1 else "items"
    assert console.steps()[6] == f"ok scan, {read} {noun} read from store to appsync"
    console.shows(curl(f"{console.system.url}/todos/{item['id']}"))
    assert console.steps()[6] == "ok by key, 1 item read from store to appsync"


def test_the_first_request_shows_who_trusted_it(console: Console):
    """The AssumeRole has the request id of the request that asked, so it is part of its diagram."""
    console.wait(lambda: [it for it in rows(console) if "GET /ready" in it.text])[0].click()
    steps = console.wait(console.steps)
    assert "AssumeRole from gateway to sts" in steps
    console.find('button[aria-controls^="why"]').click()
    why = console.text(".why:not([hidden])")
    assert "TrustTheCallersRole" in why
    assert "Allow · decided" in why
    assert "Account A: the caller's own policy" in why


def test_wall_1_can_be_opened_and_a_fault_turned_on_and_off(console: Console):
    """Sessions end early by a switch, trust is taken out: the page says what is missing."""
    template = console.project / "account_b" / "template.yaml"
    original = template.read_text()
    begin, end = original.index("          - Sid: Trust"), original.index("      Policies:")
    template.write_text(f"{original[:begin].rstrip()} []\n{original[end:]}")
    console.go("faults")
    switch = console.find("#fault-expire_early")
    Select(console.find('select[aria-label^="Expire early"]')).select_by_visible_text("AppSync")
    switch.send_keys(Keys.SPACE)
    console.wait(lambda: switch.get_attribute("aria-checked") == "true")
    assert console.find("#faults-on").text == "1"

    console.go("requests")
    refused = console.post({"name": "milk"})
    assert refused.status == 502
    console.shows(refused)
    assert "Fault: expire early" in console.steps()
    console.find("button.note.bad").click()
    why = console.text(".why:not([hidden])")
    assert "Account B: the role's trust policy does not allow sts:AssumeRole" in why
    assert "Account B: the role's trust policy has no statement." in why

    template.write_text(original)
    console.go("faults")
    switch = console.find("#fault-expire_early")
    switch.click()
    console.wait(lambda: switch.get_attribute("aria-checked") == "false")
    console.wait(lambda: not console.driver.find_element(By.ID, "faults-on").is_displayed())
    wait_until(lambda: console.post({"name": "milk"}).status == 201)


def test_a_refused_statement_tells_which_part_does_not_fit(console: Console):
    """A field that the policy does not name: opened, the statement names the resource."""
    console.edit("account_b/template.yaml", "Mutation/fields/createTodo", "create/*")
    refused = console.post({"name": "milk"})
    console.shows(refused)
    console.find("button.note.bad").click()
    statements = console.texts(".why:not([hidden]) .statement")
    (writing,) = [text for text in statements if "WriteTheApisFields" in text]
    assert "Allow · does not fit" in writing
    assert "resource does not cover" in writing.lower()

    console.go("policies")
    used = "did not fit Mutation.createTodo: resource"
    console.wait(lambda: used in console.text("#policies"))


def test_wall_2_names_the_admin_list(console: Console):
    """IAM allowed it, @auth did not: opened, the refusal names the list and the caller."""
    console.edit("account_b/amplify/custom-roles.json", "TodoCrossAccountRole", "AnotherRole")
    refused = console.post({"name": "milk"})
    console.shows(refused)
    assert "Mutation.createTodo allowed by WriteTheApisFields" in console.steps()
    assert "@auth refuses createTodo" in console.steps()
    console.find("button.note.bad").click()
    why = ".why:not([hidden])"
    console.wait(lambda: "custom-roles.json names AnotherRole" in console.text(why))
    assert "TodoCrossAccountRole/appsync-rest" in console.text(why)


def test_what_clients_send_is_text_and_secrets_are_nowhere(console: Console):
    """A name that would be markup is shown as it was sent; no credential is in the page."""
    markup = '<img src="x" onerror="document.title=1"><script>document.title=2</script>'
    created = console.post({"id": "<b>id</b>", "name": markup})
    assert created.status == 201
    console.shows(created)
    assert "createTodo <b>id</b> from appsync to store" in console.steps()
    console.go("tables")
    console.wait(lambda: markup in console.text("#tables tbody"))
    assert console.driver.title == "Account B on this machine"
    assert not console.driver.find_elements(By.CSS_SELECTOR, "main img, main script, main b b")

    credentials = (console.project / ".sandbox" / "credentials").read_text()
    secrets = [line.split(" = ")[1] for line in credentials.splitlines() if " = " in line]
    assert len(secrets) == 3
    events = curl(f"{console.system.sandbox_url}/_admin/events").body
    shown = console.driver.page_source + events
    assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize("width", [800, 1280])
def test_nothing_is_cut_off_and_the_keyboard_reaches_everything(console: Console, width):
    """At both widths nothing scrolls sideways; arrow keys go through the requests."""
    console.driver.set_window_size(width, 900)
    for name in ("one", "two"):
        console.shows(console.post({"name": name}))
    for view in ("tables", "policies", "faults", "requests"):
        console.go(view)
        console.find(f"#{view} h2")
        assert console.driver.execute_script(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    first, second = rows(console)[:2]
    first.send_keys(Keys.ARROW_DOWN)
    console.wait(lambda: second.get_attribute("aria-current") == "true")
    assert console.driver.switch_to.active_element == second
    button = console.find("button.note")
    button.send_keys(Keys.ENTER)
    console.find(".why")
    button.send_keys(Keys.ENTER)
    console.wait(lambda: not console.texts(".why:not([hidden])"))


def rows(console: Console) -> list[WebElement]:
    """Returns the requests of the list, newest first."""
    return console.driver.find_elements(By.CSS_SELECTOR, "#request-rows button")
