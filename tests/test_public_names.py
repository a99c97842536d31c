"""What `growthhub_async` offers: the names, that they are documented, and that a type checker holds callers to them."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from types import ModuleType

import pytest
from mypy import api

import growthhub_async
from growthhub_async import CustomField, GrowthHubError, custom_fields, errors, version

MYPY_SETTINGS = """
[mypy]
strict = true
[mypy-aiohttp.*]
follow_imports = skip
"""
RIGHT = """
from growthhub_async import *

file = UploadedFile(
    meta=FileMeta(fieldname="f", originalname="o", encoding="7bit", mimetype="m", size=1, uuid="u"),
    url="u",
    document_id="d",
)
contact = Contact(
    email="ada@example.com",
    phone=None,
    country="US",
    dnd_settings=DndSettings(sms=DndChannel(status="permanent")),
    inbound_dnd_settings=InboundDndSettings(all=InboundDnd(status="inactive")),
    custom_fields=[
        TextField("a", "text"),
        LargeTextField("b", "text"),
        SingleSelectField("c", "text"),
        RadioField("d", "text"),
        NumericField("e", 100),
        MonetaryField("f", 100.5),
        CheckboxField("g", "text"),
        CheckboxField("h", ["text"]),
        MultiSelectField("i", ["text"], key="k"),
        FileField("j", {"u": file}),
        CustomField("k", "text"),
    ],
)
GrowthHubClient(token="t", location_id="l", concurrency=3, record_deadline=2)
"""
WRONG = """
TextField("a", 5)
LargeTextField("a", ["text"])
SingleSelectField("a", None)
RadioField("a", 1.5)
NumericField("a", "100")
MonetaryField("a", "100.5")
CheckboxField("a", 5)
CheckboxField("a", [5])
MultiSelectField("a", "text")
FileField("a", "text")
FileField("a", {"u": "text"})
CustomField("a", None)
TextField(5, "text")
Contact(email=5)
Contact(country=None)
Contact(tags="vip")
Contact(emial="ada@example.com")
DndChannel(status="off")
DndChannel()
InboundDnd(status="permanent")
DndSettings(sms="active")
GrowthHubClient(token=1.5)
GrowthHubClient(concurrency="3")
GrowthHubClient(tokn="t")
GrowthHubClient("t")
"""


def test_the_public_names_are_sorted_and_complete() -> None:
    """All that the package imports for its users is in `__all__`, in order, and nothing else is."""
    names = growthhub_async.__all__
    assert names == sorted(names)
    offered = {name for name, value in vars(growthhub_async).items() if not isinstance(value, ModuleType)}
    assert {name for name in offered if not name.startswith("_")} | {"__version__"} == set(names)


def test_every_exception_and_every_kind_of_field_is_public() -> None:
    """What users catch and what they make are imported from the package itself."""
    for module, base in ((errors, GrowthHubError), (custom_fields, CustomField)):
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, base) and not name.startswith("_"):
                assert getattr(growthhub_async, name) is cls


@pytest.mark.parametrize("name", sorted(set(growthhub_async.__all__) - {"__version__"}))
def test_every_public_name_is_documented(name: str) -> None:
    """The docstring of each public name is its own, and begins with whole sentences."""
    first = (vars(getattr(growthhub_async, name)).get("__doc__") or "").split("\n\n")[0].strip()
    assert re.fullmatch(r"[A-Z].+\.", first, re.DOTALL)


def test_the_version_is_that_of_the_package() -> None:
    """`__version__` is the one the distribution is built with."""
    assert growthhub_async.__version__ == version.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", version.__version__)


def test_the_package_says_that_it_is_typed() -> None:
    """The marker that makes type checkers read the package's types is in it."""
    assert (Path(growthhub_async.__file__).parent / "py.typed").is_file()


def test_a_type_checker_holds_callers_to_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mypy accepts every right call and refuses every wrong one: field values, statuses, settings and their names."""
    config = tmp_path / "mypy.ini"
    config.write_text(MYPY_SETTINGS)
    calls = tmp_path / "calls.py"
    calls.write_text(RIGHT + WRONG)
    monkeypatch.setenv("MYPYPATH", os.fspath(Path(growthhub_async.__file__).parent.parent))
    found, _, _ = api.run([f"--config-file={config}", f"--cache-dir={tmp_path}", "--hide-error-context", str(calls)])
    refused = {int(line) for line in re.findall(r"calls\.py:(\d+): error: ", found)}
    first_wrong = RIGHT.count("\n") + 2
    assert refused == set(range(first_wrong, first_wrong + len(WRONG.split("\n")) - 2)), found


def test_the_map_names_every_module() -> None:
    """A newcomer finds every file and folder of the package in the map at its top, and nothing that is not there."""
    package = Path(growthhub_async.__file__).parent
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    rows = [line for line in (growthhub_async.__doc__ or "").splitlines() if line.startswith("    ")]
    named = {name.strip(",") for row in rows for name in row[:58].split()}
    assert named == there - {"__init__", "__main__"}
