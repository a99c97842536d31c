"""An import that is killed at random instants and gone on with loses no record, and doubles none."""

from __future__ import annotations

from pathlib import Path

import pytest

from .run import Plan, run


@pytest.mark.parametrize(("tags", "seed"), [("replace", 1), ("add", 2)])
def test_a_killed_import_ends_as_if_it_had_not_been(tmp_path: Path, tags: str, seed: int) -> None:
    """The requests that came, the contacts that are there, the job and the result files agree record by record."""
    plan = Plan(records=400, kills=5, seed=seed, tags=tags, tail=0.2)
    result = run(plan, tmp_path)
    assert result.verdict.wrong == []
    assert result.verdict.numbers["sendings sent more than once"] > 20
