"""The console page in a browser, over the whole system."""

import json
import shlex
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
NARROW = 390
T = TypeVar("T")
COPY = ".copyable button"
# Texts of three lines and more that have fewer than eight letters each.
SQUEEZED = """return [...document.querySelectorAll("main *")].filter(it => {
    const range = document.createRange();
    range.selectNodeContents(it);
    const lines = new Set([...range.getClientRects()].map(each => each.top)).size;
    const isSeen = it.getBoundingClientRect().width > 10;
    return isSeen && !it.children.length && lines > 2 && it.textContent.length / lines < 8;
}).map(it => it.outerHTML)"""
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

    def resize(self, width: int) -> None:
        """Gives the page a width in pixels, also one that no window can have."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

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
    running.resize(1280)
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


@pytest.mark.parametrize("width", [NARROW, 800, 1280])
def test_nothing_is_cut_off_and_the_keyboard_reaches_everything(console: Console, width):
    """At each width nothing scrolls sideways, no words are squeezed; arrow keys go through it."""
    console.resize(width)
    for name in ("one", "two"):
        console.shows(console.post({"name": name}))
    for view in ("tables", "policies", "faults", "requests"):
        console.go(view)
        console.find(f"#{view} h2")
        assert console.driver.execute_script(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        assert console.driver.execute_script(SQUEEZED) == []
    first, second = rows(console)[:2]
    first.send_keys(Keys.ARROW_DOWN)
    console.wait(lambda: second.get_attribute("aria-current") == "true")
    assert console.driver.switch_to.active_element == second
    button = console.find("button.note")
    button.send_keys(Keys.ENTER)
    console.find(".why")
    if width == NARROW:
        is_cut = "it => it.scrollWidth > it.clientWidth"
        cut = f"return [...document.querySelectorAll('pre')].filter({is_cut})"
        assert console.driver.execute_script(cut) == []
    button.send_keys(Keys.ENTER)
    console.wait(lambda: not console.texts(".why:not([hidden])"))


def test_document_and_variables_can_be_copied(console: Console):
    """What AppSync was sent, as it was sent, is in the clipboard after a press on the button."""
    console.driver.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    console.shows(console.post({"name": "copied"}))
    copied = []
    for index in (0, 1):
        button = console.wait(lambda: console.driver.find_elements(By.CSS_SELECTOR, COPY) or None)
        button[index].click()
        console.find(f".copyable:nth-of-type({index + 1}) [role=status]:not(:empty)")
        read = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
        copied.append(console.driver.execute_async_script(read))
    assert copied[0].startswith("mutation CreateTodo(")
    assert json.loads(copied[1])["input"]["name"] == "copied"


def test_requests_have_their_path_and_can_be_filtered_and_cleared(console: Console):
    """The id and the query as they were sent; of others the rows are hidden; cleared, all go."""
    console.shows(curl(f"{console.system.url}/todos/no%20such"))
    console.shows(curl(f"{console.system.url}/todos?limit=7"))
    assert console.text(".request-head h2") == "GET /todos?limit=7"
    field = console.find("#filter")
    field.send_keys("NO%20such")
    assert visible(console) == ["GET /todos/no%20such"]
    console.find("#request-rows li:not([hidden]) button").click()
    assert "route /todos/{id}" in console.text(".request-head p")
    field.send_keys("nothing")
    assert visible(console) == []
    console.find("#no-match")
    field.clear()
    console.find("#clear").click()
    console.wait(lambda: not rows(console))
    console.open()
    console.shows(curl(f"{console.system.url}/todos?limit=8"))
    assert visible(console) == ["GET /todos?limit=8"]


def test_colours_mean_what_the_legend_says(console: Console):
    """Done, the client's own mistake and a failure each have the colour that the legend names."""
    fault = {"faults": [{"kind": "error", "status": 503, "target": "appsync"}]}
    made = [console.post({"name": "milk"}), curl(f"{console.system.url}/todos/nobody")]
    put = json.dumps(fault)
    curl("-X", "PUT", f"{console.system.sandbox_url}/_admin/faults", "-d", put)
    made.append(curl(f"{console.system.url}/todos"))
    assert [reply.status // 100 for reply in made] == [2, 4, 5]
    console.shows(made[-1])
    colour = (
        "return [...document.querySelectorAll(arguments[0])].map(it => getComputedStyle(it).color)"
    )
    done, failed, look, _ = console.driver.execute_script(colour, ".legend dt")
    assert len({done, failed, look}) == 3
    statuses = console.driver.execute_script(colour, "#request-rows .status")
    assert statuses[:3] == [failed, look, done]
    assert console.driver.execute_script(colour, "#faults-bar") == [look]


def test_faults_that_are_on_are_seen_on_every_view_and_ended_there(console: Console):
    """Which one, where, and how often it hit; one press ends all."""
    fault = {"kind": "latency", "milliseconds": 1, "target": "appsync", "operation": "query"}
    body = json.dumps({"faults": [fault, {"kind": "clock_skew", "seconds": 1}]})
    curl("-X", "PUT", f"{console.system.sandbox_url}/_admin/faults", "-d", body)
    for view in ("tables", "policies", "faults", "requests"):
        console.go(view)
        said = console.find("#faults-bar").text
        assert "Latency (AppSync, query), 0 hits; Clock skew, 0 hits" in said
    curl(f"{console.system.url}/todos")
    console.wait(lambda: "Latency (AppSync, query), 1 hit;" in console.text("#faults-bar"))
    console.find("#faults-bar button").click()
    console.wait(lambda: not console.driver.find_element(By.ID, "faults-bar").is_displayed())
    assert curl(f"{console.system.sandbox_url}/_admin/faults").json() == {"faults": []}


def test_without_an_answer_the_page_says_what_helps_and_goes_on_by_itself(console: Console):
    """The command to start it, with its port; the notice goes when the sandbox answers again."""
    console.shows(console.post({"name": "milk"}))
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    console.driver.execute_cdp_cmd("Network.enable", {})
    emulate = "Network.emulateNetworkConditions"
    try:
        console.driver.execute_cdp_cmd(emulate, {**network, "offline": True})
        port = console.system.sandbox_url.rpartition(":")[2]
        assert f"make run SANDBOX_PORT={port}" in console.find("#no-answer").text
    finally:
        console.driver.execute_cdp_cmd(emulate, {**network, "offline": False})
    console.wait(lambda: console.text("#connection") == "live")
    assert not console.driver.find_element(By.ID, "no-answer").is_displayed()
    # What the browser says about requests that could not be made is what was asked for here.
    assert all("net::ERR_INTERNET_DISCONNECTED" in it for it in complaints(console.driver))


def test_a_table_is_filled_by_its_curl_edited_and_emptied(console: Console):
    """The printed command creates an item as it stands; changes are AppSync's to read at once."""
    console.post({"name": "old"})
    console.go("tables")
    console.wait(lambda: "old" in console.text("#tables tbody"))
    pressed(console, "Empty Todo")
    command = console.wait(lambda: console.text(".empty-table pre"))
    created = curl(*shlex.split(command)[1:]).json()
    console.wait(lambda: created["id"] in console.text("#tables tbody"))

    console.find(".actions button").click()
    text = console.find("dialog textarea")
    assert json.loads(text.get_attribute("value") or "")["id"] == created["id"]
    text.clear()
    text.send_keys("[]")
    console.find("dialog .button").click()
    console.wait(lambda: console.text("dialog .silent") == "an item is a JSON object")
    (refused,) = complaints(console.driver)
    assert "400 (Bad Request)" in refused
    text.clear()
    text.send_keys(json.dumps({"id": created["id"], "name": "edited"}))
    console.find("dialog .button").click()
    console.wait(lambda: "edited" in console.text("#tables tbody"))
    assert not [title for title in visible(console) if "openapi" in title]
    item = f"{console.system.url}/todos/{created['id']}"
    # What is written by hand lacks what the schema requires, and AppSync says so.
    assert curl(item).status == 502
    pressed(console, "Delete")
    console.find(".empty-table")
    assert curl(item).status == 404


def pressed(console: Console, label: str) -> None:
    """Presses a button, and agrees to what it asks."""
    buttons = console.driver.find_elements(By.CSS_SELECTOR, "#tables button")
    next(button for button in buttons if button.text == label).click()
    console.driver.switch_to.alert.accept()


def visible(console: Console) -> list[str]:
    """Returns the titles of the requests that the filter shows, newest first."""
    return [it for it in console.texts("#request-rows li:not([hidden]) .title") if it]


def rows(console: Console) -> list[WebElement]:
    """Returns the requests of the list, newest first."""
    return console.driver.find_elements(By.CSS_SELECTOR, "#request-rows button")
