import os
import subprocess
import sys
from pathlib import Path

TESTS = """
import urllib.request

import pytest

from growthhub_async.sandbox import Location, Scenario


def ask(sandbox, path):
    request = urllib.request.Request(sandbox.base_url + path, headers={"User-Agent": "tests/1"})
    with urllib.request.urlopen(request) as response:
        return response.read()


def test_plain(growthhub_sandbox):
    assert b'"contacts":0' in ask(growthhub_sandbox, "/_sandbox")
    assert growthhub_sandbox.token.startswith("pit-")


@pytest.mark.anyio
async def test_async(growthhub_sandbox, anyio_backend):
    assert growthhub_sandbox.location_id == "ve9EPM428h8vShlRW1KT"


class TestOverridden:
    @pytest.fixture
    def growthhub_scenario(self):
        return Scenario(locations=(Location(id="mine", contacts=({"email": "ada@example.com"},)),))

    def test_scenario(self, growthhub_sandbox):
        assert growthhub_sandbox.location_id == "mine"
        assert len(growthhub_sandbox.contacts()) == 1
"""


def test_the_fixture_serves_plain_and_async_tests(tmp_path: Path) -> None:
    """A user's tests get a sandbox by name, sync or async, and override its scenario; warnings are errors there too."""
    (tmp_path / "test_user.py").write_text(TESTS)
    root = Path(__file__).parents[2]
    plugins = ["-p", "anyio", "-p", "growthhub_async.sandbox.pytest_plugin"]
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", *plugins, "-p", "no:cacheprovider", str(tmp_path)],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(root)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in result.stdout, result.stdout + result.stderr
