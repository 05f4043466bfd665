"""Every tool takes the APIs' documents, and what it makes works against the running system."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.compiler.openapi import openapi_document
from tests.e2e.support.project import copy_runnable
from tests.e2e.support.whole_system import WholeSystem, whole_system
from tests.support.compiling import compiled
from tests.support.todo import BUILT_SCHEMA, PROJECT, todo_project

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent
INSTALLED = PROJECT / ".build/clients"
NODE = INSTALLED / "node_modules/.bin"
PYTHON = INSTALLED / "venv/bin"
SECONDS = 300
APIS = ("shop", "todo")
# Types that are called like what generators make of an operation's id.
_SUFFIXES = ("Result", "Params", "Body", "Headers", "Error", "Data", "Response", "Request")
_SAME_NAMES = " ".join(f"type Echo{end} {{ text: String }}" for end in _SUFFIXES)
_FIELDS = " ".join(f"with{end}: Echo{end}" for end in _SUFFIXES)
SCHEMAS = {
    "todo": (todo_project() / BUILT_SCHEMA).read_text("utf-8"),
    "shop": (PROJECT / "examples/shop/built-schema.graphql").read_text("utf-8"),
    "names": f"{_SAME_NAMES} type Query {{ echo(text: String): EchoResult {_FIELDS} }}",
}
TSC = (
    *(str(NODE / "tsc"), "--strict", "--skipLibCheck", "--target", "es2022"),
    *("--module", "commonjs", "--moduleResolution", "node", "--esModuleInterop"),
    *("--lib", "es2022,dom,dom.iterable", "--types", "node"),
)
# How each generator is called; `D` is the document, `O` the folder that it fills.
TYPESCRIPT: Mapping[str, tuple[str, ...]] = {
    "openapi-fetch": ("openapi-typescript", "D", "-o", "O/schema.d.ts"),
    "hey-api": ("openapi-ts", "-i", "D", "-o", "O"),
    "orval-fetch": ("orval", "--input", "D", "--output", "O/api.ts", "--client", "fetch"),
    "orval-axios": ("orval", "--input", "D", "--output", "O/api.ts", "--client", "axios"),
    "swagger-typescript-api": (
        *("swagger-typescript-api", "generate", "-p", "D", "-o", "O", "-n", "api.ts"),
    ),
}
TYPESCRIPT_FETCH = "typescript-fetch"


@dataclass(frozen=True)
class Document:
    """One API's document.

    Attributes:
        file: Where it lies.
        folder: A folder for what is made of it, from which Node finds the packages.
    """

    file: Path
    folder: Path

    def command(self, program: Path, arguments: tuple[str, ...], out: Path) -> tuple[str, ...]:
        """Returns the command line of a generator."""
        words = (
            str(self.file)
            if each == "D"
            else each.replace("O", str(out))
            if each[:1] == "O"
            else each
            for each in arguments
        )
        return (str(program), *words)


def _run(*command: str, cwd: Path = INSTALLED, environment: Mapping[str, str] | None = None) -> str:
    run = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-8000:]
    return run.stdout


def _openapi_generator(language: str, document: str, out: Path) -> None:
    program = str(PYTHON / "openapi-generator-cli")
    _run(program, "generate", "-g", language, "-i", document, "-o", str(out))


@pytest.fixture(scope="module", params=sorted(SCHEMAS))
def document(request: pytest.FixtureRequest) -> Document:
    """Returns the document of an API, as a stage with an authorizer serves it."""
    folder = INSTALLED / "made" / request.param
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = openapi_document(compiled(SCHEMAS[request.param]).contract)
    made["security"] = [{"iam": []}]
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization"}
    made["components"]["securitySchemes"] = {"iam": scheme}
    file = folder / "openapi.json"
    file.write_text(json.dumps(made))
    return Document(file, folder)


@dataclass(frozen=True)
class Running:
    """A running API.

    Attributes:
        api: Its name, which is also that of the folder with what its clients do.
        system: What runs it, with an empty store.
    """

    api: str
    system: WholeSystem

    def environment(self, **more: str) -> Mapping[str, str]:
        """Returns what a client's program finds in its environment."""
        return {"BASE_URL": self.system.url, **more}


@pytest.fixture(params=APIS)
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """Yields each API in turn."""
    more = {"todo": (), "shop": ("--account-b", "examples/shop")}[request.param]
    with whole_system(copy_runnable(tmp_path / "project"), more=more) as system:
        yield Running(request.param, system)


@pytest.mark.parametrize("name", sorted(TYPESCRIPT))
def test_a_typescript_client_compiles(document, name):
    """What is generated has no error under TypeScript's strict rules."""
    out = document.folder / name
    out.mkdir()
    program, *arguments = TYPESCRIPT[name]
    _run(*document.command(NODE / program, tuple(arguments), out))
    sources = [str(each) for each in out.rglob("*.ts")]
    assert sources
    _run(*TSC, "--noEmit", *sources)


@pytest.mark.parametrize("name", [*sorted(TYPESCRIPT), TYPESCRIPT_FETCH])
def test_a_typescript_client_works(running, name):
    """It creates, lists with a filter, pages, patches with an ETag, and deletes."""
    work = INSTALLED / "work" / running.api / name
    shutil.rmtree(work, ignore_errors=True)
    generated = work / "generated"
    generated.mkdir(parents=True)
    file = work / "openapi.json"
    file.write_text(_run("curl", "--silent", "--fail", f"{running.system.url}/openapi.json"))
    if name == TYPESCRIPT_FETCH:
        _openapi_generator(name, str(file), generated)
    else:
        program, *arguments = TYPESCRIPT[name]
        _run(*Document(file, work).command(NODE / program, tuple(arguments), generated))
    (work / "package.json").write_text('{"type": "commonjs"}')
    source = shutil.copy(HERE / running.api / f"{name}.ts", work / "client.ts")
    _run(*TSC, "--outDir", str(work / "out"), str(source))
    _run("node", str(work / "out/client.js"), environment=running.environment())


def test_openapi_generators_typescript_client_compiles(document):
    """typescript-fetch, under TypeScript's strict rules."""
    out = document.folder / TYPESCRIPT_FETCH
    _openapi_generator(TYPESCRIPT_FETCH, str(document.file), out)
    _run(*TSC, "--noEmit", str(out / "index.ts"))


def test_openapi_generators_go_client_parses(document):
    """No file of the Go client has an error in its syntax tree."""
    out = document.folder / "go"
    _openapi_generator("go", str(document.file), out)
    files = [str(each) for each in out.rglob("*.go")]
    assert len(files) > 10
    _run(str(PYTHON / "python"), str(HERE / "parse_go.py"), *files)


def test_openapi_generators_java_client_parses(document):
    """The parser of javac takes every file of the Java client."""
    out = document.folder / "java"
    _openapi_generator("java", str(document.file), out)
    files = [str(each) for each in out.rglob("*.java")]
    assert len(files) > 10
    _run("java", str(HERE / "Parse.java"), *files)


def test_openapi_generators_python_client_imports(document):
    """Every model of it can be imported."""
    out = document.folder / "python"
    _openapi_generator("python", str(document.file), out)
    _run(
        str(PYTHON / "python"),
        "-c",
        "from openapi_client import *",
        environment={"PYTHONPATH": str(out)},
    )


def test_openapi_generators_python_client_works(running, tmp_path):
    """It creates, lists with a filter, pages, patches with an ETag, and deletes."""
    _openapi_generator("python", f"{running.system.url}/openapi.json", tmp_path / "made")
    program = HERE / running.api / "openapi_generator.py"
    environment = running.environment(PYTHONPATH=str(tmp_path / "made"))
    _run(str(PYTHON / "python"), str(program), environment=environment)


@pytest.mark.parametrize("running", ["shop"], indirect=True)
def test_openapi_python_client_works(running, tmp_path):
    """It creates, lists with a filter, pages, patches with an ETag, and deletes; so it does Todo's.

    Those of Todo are tested in tests/e2e/test_generated_client.py.
    """
    config = tmp_path / "config.yaml"
    config.write_text("post_hooks: []\n")
    _run(
        *(str(Path(sys.executable).with_name("openapi-python-client")), "generate"),
        *("--url", f"{running.system.url}/openapi.json"),
        *("--output-path", str(tmp_path / "shop_client")),
        *("--meta", "none", "--config", str(config), "--fail-on-warning"),
    )
    program = HERE / running.api / "openapi_python_client.py"
    environment = running.environment(PYTHONPATH=str(tmp_path))
    _run(sys.executable, str(program), environment=environment)


def test_openapi_python_client_leaves_nothing_out(document):
    """It warns of nothing, so no operation and no parameter is missing."""
    out = document.folder / "opc"
    config = document.folder / "opc.yaml"
    config.write_text("post_hooks: []\n")
    program = Path(sys.executable).with_name("openapi-python-client")
    _run(
        str(program),
        "generate",
        "--path",
        str(document.file),
        "--output-path",
        str(out),
        "--meta",
        "none",
        "--config",
        str(config),
        "--fail-on-warning",
    )


def test_datamodel_codegen_makes_models_that_import(document):
    """Its pydantic models are made of each schema, and Python takes them."""
    out = document.folder / "models.py"
    _run(
        str(PYTHON / "datamodel-codegen"),
        "--input",
        str(document.file),
        "--input-file-type",
        "openapi",
        "--output",
        str(out),
        "--output-model-type",
        "pydantic_v2.BaseModel",
        "--target-python-version",
        "3.11",
    )
    _run(str(PYTHON / "python"), str(out))


def test_postmans_converter_makes_a_collection(document):
    """Postman's converter makes a request of each operation."""
    out = document.folder / "postman.json"
    printed = _run(str(NODE / "openapi2postmanv2"), "-s", str(document.file), "-o", str(out))
    assert "Conversion successful" in printed
    paths = json.loads(document.file.read_text())["paths"]
    operations = sum(len(item.keys() - {"parameters"}) for item in paths.values())
    assert out.read_text().count('"request":') >= operations


@pytest.mark.parametrize("linter", ["redocly", "spectral"])
def test_a_linter_warns_of_nothing(document, linter):
    """Under its recommended rules, less those whose exception has its reason beside it."""
    rules = {
        "redocly": ("--config", str(HERE / "redocly.yaml")),
        "spectral": ("--fail-severity=warn", "--ruleset", str(HERE / "spectral.yaml")),
    }
    printed = _run(str(NODE / linter), "lint", *rules[linter], str(document.file))
    assert "was generated by the" not in printed, "how Redocly ends a warning"
