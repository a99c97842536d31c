"""The README tells the truth: every example in it runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from growthhub_async.sandbox import (
    AuthorizationCode,
    CustomField,
    Limits,
    Location,
    OAuthApp,
    SandboxThread,
    Scenario,
    load_scenario,
)
from tests.postgres import postgres

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

HERE = Location(
    limits=Limits(requests_per_interval=1_000_000, requests_per_day=1_000_000),
    custom_fields=(CustomField(id="6dvNaf7VhkQ9snc5vnjJ", name="Colour", field_key="contact.colour"),),
)
APP = OAuthApp(
    client_id="my-app",
    client_secret="made-up",
    codes=tuple(AuthorizationCode(value=f"code {number}", location_id=HERE.id) for number in range(2)),
)
CSV = "Email,Favourite colour,Notes\nada@example.com,blue,first\nbob@example.com,red,second\n"


def blocks(language: str) -> list[str]:
    return [text for of, text in BLOCKS if of == language]


def commands(program: str) -> list[str]:
    lines = "".join(blocks("sh")).splitlines()
    return [re.split(r"\s+#", line)[0].strip() for line in lines if re.search(rf"\b{program} ", line)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(Scenario(locations=(HERE,), oauth=APP)) as sandbox:
        yield sandbox


@pytest.fixture
def environment(sandbox: SandboxThread, tmp_path: Path) -> dict[str, str]:
    """What a reader has set: the sandbox in the place of the live API."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GROWTHHUB_TOKEN": sandbox.token,
        "GROWTHHUB_LOCATION_ID": sandbox.location_id,
        "GROWTHHUB_BASE_URL": sandbox.base_url,
        "GROWTHHUB_CLIENT_ID": APP.client_id,
        "GROWTHHUB_CLIENT_SECRET": APP.client_secret,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "BROWSER": f"{sys.executable} -m tests.cli.allowing %s &",
    }


def printed_by(source: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_service_example_saves_one_and_refuses_one(environment: dict[str, str], sandbox: SandboxThread) -> None:
    """The first lead gets an id, the second is told to be invalid."""
    printed = printed_by(blocks("python")[0], environment).splitlines()
    assert printed[0] in {contact["id"] for contact in sandbox.contacts()}
    assert printed[1:] == ["not saved: invalid False", "None"]


def test_the_batch_example_streams_all_its_records(environment: dict[str, str], sandbox: SandboxThread) -> None:
    """Two hundred and fifty contacts arrive whole; only the documented quota is in the way, and it is raised here."""
    before = len(sandbox.contacts())
    fast = blocks("python")[1].replace("GrowthHubClient()", "GrowthHubClient(requests_per_interval=1000)")
    assert "created=250" in printed_by(fast, environment)
    contacts = sandbox.contacts()
    assert len(contacts) == before + 250
    assert {contact["dateOfBirth"] for contact in contacts if "dateOfBirth" in contact} == {"1990-09-25"}


def test_the_example_of_tokens_and_of_truth_tells_what_became_of_a_contact(environment: dict[str, str]) -> None:
    """The token comes from a function, and the contact was created whole."""
    assert printed_by(blocks("python")[2], environment) == "created False []\n"


def test_the_oauth_example_connects_and_upserts(environment: dict[str, str], tmp_path: Path) -> None:
    """The customer's code brings tokens, which are kept in a file."""
    source = f"import os; os.chdir({str(tmp_path)!r})\n{blocks('python')[3]}"
    printed = printed_by(source, environment | {"CODE": "code 0"})
    assert printed == f"connected to {environment['GROWTHHUB_LOCATION_ID']}\ncreated\n"
    assert (tmp_path / "tokens.json").exists()


def test_the_store_on_postgresql_is_one(environment: dict[str, str]) -> None:
    """On a real one: what is connected is kept in its table, and a lock lets one in at a time."""
    with postgres() as url:
        source = blocks("python")[4]
        made = re.search(r"CREATE TABLE [^`]*", README)
        assert made is not None
        create = f"async def create(): await (await asyncpg.connect(DATABASE)).execute({made[0]!r})\n"
        started = "asyncio.run(main())"
        assert source.count(started) == 1
        whole = source.replace(started, f"{create}asyncio.run(create())\n{started}\n{LOCKING}")
        printed = printed_by(whole, environment | {"CODE": "code 1", "DATABASE_URL": url})
    assert printed.splitlines() == ["updated", "['in', 'out', 'in', 'out', 'in', 'out']", "1 0"]


LOCKING = """
async def locking():
    async with asyncpg.create_pool(DATABASE, min_size=1, max_size=1) as pool:
        store, told = PostgresTokenStore(pool), []
        async def enter():
            async with store.lock("a"):
                told.append("in")
                await store.save("a", "text")
                told.append("out")
        await asyncio.gather(*(enter() for _ in range(3)))
        names = await pool.fetch("SELECT name FROM tokens WHERE name = 'a'")
        await store.delete("a")
        print(told)
        print(len(names), len([name for name in ["a"] if await store.load(name)]))

asyncio.run(locking())
"""


def test_the_quota_example_keeps_its_reserve(environment: dict[str, str]) -> None:
    """The estimate leaves a fifth of the day, nothing is refused, and all records are upserted."""
    source = blocks("python")[5].replace("ve9EPM428h8vShlRW1KT", environment["GROWTHHUB_LOCATION_ID"])
    estimate, refused, read = printed_by(source, environment).splitlines()
    assert estimate.startswith("1,000,000 requests do not fit into the day's quota: 160,000 fit today")
    assert (refused, read) == ("0 refused so far", "30")


def test_the_import_example_tells_what_became_of_the_file(environment: dict[str, str], tmp_path: Path) -> None:
    """A script gets the numbers of the job, which is kept beside the file."""
    (tmp_path / "contacts.csv").write_text(CSV)
    source = f"import os; os.chdir({str(tmp_path)!r})\n{blocks('python')[6]}"
    assert printed_by(source, environment) == "2 0 0\n"
    assert (tmp_path / "contacts.job").exists()


def test_the_sandbox_example_shows_a_lost_reply(environment: dict[str, str]) -> None:
    """The first reply is lost after the write: two attempts, one contact."""
    assert printed_by(blocks("python")[7], environment) == "2 1\n"


def test_the_scenario_example_is_one(tmp_path: Path) -> None:
    """The TOML of the README is taken as a scenario."""
    (tmp_path / "slow.toml").write_text(blocks("toml")[0])
    assert load_scenario(tmp_path / "slow.toml").locations[0].limits.requests_per_interval == 25


def test_every_import_command_works(environment: dict[str, str], tmp_path: Path) -> None:
    """Each command line with `growthhub` in it, one after the other as a reader types them, exits with 0."""
    (tmp_path / "contacts.csv").write_text(CSV)
    subprocess.run("gzip -k contacts.csv", shell=True, cwd=tmp_path, check=True)
    program = f"{shlex.quote(sys.executable)} -m growthhub_async "
    for command in commands("growthhub"):
        line = command.replace("growthhub ", program)
        done = subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert len((tmp_path / "outcomes.ndjson").read_text().splitlines()) == 2
    assert {path.suffix for path in tmp_path.glob("contacts.*")} >= {".job", ".csv", ".json", ".html"}


@pytest.mark.parametrize("command", commands("make"))
def test_every_make_command_has_its_target(command: str) -> None:
    """`make` knows what the README tells to make, and would do something for it."""
    done = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_readme_opens_with_the_two_commands() -> None:
    """A newcomer finds them before anything else."""
    assert [line.split("  ")[0] for line in blocks("sh")[0].splitlines()] == ["make demo", "make test"]
