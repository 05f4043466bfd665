"""Each contestant as a Lambda package, as deployed: the gateway's zip by `make package`."""

import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.processes import CONTESTANTS
from tests.e2e.support.environments import environment
from tests.e2e.support.project import DEPLOYED, PACKAGED_BY, copy_project, production_package
from tests.support.todo import PROJECT

# What each needs that Lambda's runtime does not hold; the versions are those installed here.
_REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "plain": ("requests", "requests-aws4auth"),
    "plain_kept": ("requests", "requests-aws4auth"),
    "tuned": ("requests", "requests-aws4auth"),
    "floor": (),
    "gql_client": ("gql[aiohttp]",),
}


@dataclass(frozen=True)
class Packaged:
    """One contestant's package.

    Attributes:
        name: The contestant's.
        handler: The function's handler setting.
        archive: The zip.
    """

    name: str
    handler: str
    archive: Path

    def unpack(self, folder: Path) -> Path:
        """Returns the folder, in place of /var/task."""
        with zipfile.ZipFile(self.archive) as archive:
            archive.extractall(folder)
        return folder


def packages(folder: Path) -> list[Packaged]:
    """Returns every contestant's package, made in an empty folder."""
    root = copy_project(folder / "gateway", *DEPLOYED, *PACKAGED_BY)
    made = [Packaged("gateway", "app.app", production_package(root).archive)]
    for name in CONTESTANTS[1:]:
        archive = folder / f"{name}.zip"
        _zip(name, archive)
        made.append(Packaged(name, f"bench.contestants.{name}.handler", archive))
    return made


def _zip(name: str, archive: Path) -> None:
    requirements = [f"{each}=={version(each.partition('[')[0])}" for each in _REQUIREMENTS[name]]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        if requirements:
            python = environment(*requirements)
            library = f"python{sys.version_info.major}.{sys.version_info.minor}"
            _add(out, python.parents[1] / "lib" / library / "site-packages")
        out.write(PROJECT / "bench" / "__init__.py", "bench/__init__.py")
        for path in (PROJECT / "bench" / "contestants").glob("*.py"):
            out.write(path, f"bench/contestants/{path.name}")


def _add(out: zipfile.ZipFile, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            out.write(path, path.relative_to(folder))
