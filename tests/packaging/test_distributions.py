"""Wheel and source distribution: what is in them, and that who builds them again gets the same bytes."""

import os
import re
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import pytest
from tests.packaging.building import ROOT, build

pytestmark = pytest.mark.slow

# An hour of 2024. Times in a zip are even.
EPOCH: Final = 1_710_000_000
OTHER_TIME: Final = 1_300_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("build_wheel", tmp_path_factory.mktemp("wheel"), epoch=EPOCH)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("build_sdist", tmp_path_factory.mktemp("sdist"), epoch=EPOCH)


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution in another folder, with other times and modes of its files."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() or os.access(path, os.X_OK) else 0o600)
        os.utime(path, (OTHER_TIME, OTHER_TIME))
    [tree] = folder.iterdir()
    return tree


def test_wheel_built_again_elsewhere_is_the_same_byte_for_byte(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    assert build("build_wheel", tmp_path, tree=unpacked, epoch=EPOCH).read_bytes() == wheel.read_bytes()


def test_sdist_built_again_elsewhere_is_the_same_byte_for_byte(sdist: Path, unpacked: Path, tmp_path: Path) -> None:
    assert build("build_sdist", tmp_path, tree=unpacked, epoch=EPOCH).read_bytes() == sdist.read_bytes()


def test_times_in_both_are_source_date_epoch(wheel: Path, sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        assert {member.mtime for member in archive} == {EPOCH}
    with zipfile.ZipFile(wheel) as archive_of_wheel:
        assert {member.date_time for member in archive_of_wheel.infolist()} == {(2024, 3, 9, 16, 0, 0)}


def test_wheel_has_every_file_of_the_source_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    roots = (ROOT / "src", ROOT / "stubs")
    assert held == {
        str(path.relative_to(root))
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"typedserver/py.typed", "typedserver-stubs/py.typed", "typedserver-stubs/compat.pyi"} <= held


def test_sdist_has_all_that_its_list_names(sdist: Path) -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    with tarfile.open(sdist) as archive:
        held = {Path(name).parts[1] for name in archive.getnames()}
    # These two are always added.
    assert held == {*listed["only-include"], ".gitignore", "PKG-INFO"}


# Metadata


def metadata(wheel: Path, name: str) -> list[str]:
    """Return the values of a field of the wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        [held] = [held for held in archive.namelist() if held.endswith(".dist-info/METADATA")]
        fields = archive.read(held).decode().partition("\n\n")[0].splitlines()
    return [field.removeprefix(f"{name}: ") for field in fields if field.startswith(f"{name}: ")]


def classified(wheel: Path, kind: str) -> list[str]:
    said = metadata(wheel, "Classifier")
    return [each.removeprefix(f"{kind} :: ") for each in said if each.startswith(f"{kind} :: ")]


def test_metadata_names_each_python_that_the_tests_run_on_and_no_other(wheel: Path) -> None:
    [others] = re.findall(r"^for version in ([\d. ]+); do$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    said = [each for each in classified(wheel, "Programming Language :: Python") if each[-1].isdigit()]
    # `make test` runs on the oldest.
    assert said == ["3.11", *others.split()]
    assert metadata(wheel, "Requires-Python") == [">=3.11"]


def test_metadata_names_the_platform_that_the_tests_run_on_and_no_other(wheel: Path) -> None:
    assert classified(wheel, "Operating System") == ["POSIX :: Linux"]


def test_metadata_needs_typing_extensions_and_the_rest_by_extras(wheel: Path) -> None:
    needed = [each for each in metadata(wheel, "Requires-Dist") if "extra ==" not in each]
    assert needed == ["typing-extensions>=4.12"]


# Texts


def test_changelog_texts_are_of_a_kind_that_towncrier_knows() -> None:
    known = {
        kind["directory"] for kind in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]["type"]
    }
    texts = list((ROOT / "changelog.d").iterdir())
    assert [path.name for path in texts if not re.fullmatch(rf"\+?[\w-]+\.({'|'.join(known)})\.md", path.name)] == []
