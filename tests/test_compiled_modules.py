"""The modules that can be compiled: `pyproject.toml` names them."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import aiohttp
import msgspec
import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPILED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["mypyc"]["include"]


@pytest.mark.parametrize("path", COMPILED)
def test_no_class_is_compiled_that_another_metaclass_makes(path: str) -> None:
    """A msgspec.Struct would be no struct any more; a subclass of one of aiohttp's could not be made."""
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    assert [one for one in classes if issubclass(one, msgspec.Struct | aiohttp.client_proto.ResponseHandler)] == []


def test_they_are_named_in_order() -> None:
    """Each once, so that one that is missing is seen."""
    assert sorted(set(COMPILED)) == COMPILED
