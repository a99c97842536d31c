"""`growthhub sandbox`: a local GrowthHub to try things out on, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import shlex
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import arguments as a
from .guard import UsageError, guarded
from .program import as_typed

if TYPE_CHECKING:
    from ..sandbox import Sandbox, Scenario


def sandbox_command(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="where it listens on 127.0.0.1; 0 takes a free port")
    ] = 8765,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="a TOML or JSON file that says what it is like, and what goes wrong"),
    ] = None,
    database: Annotated[
        Path | None, typer.Option(metavar="FILE", help="keep its contacts in this SQLite file; else in memory")
    ] = None,
    debug: a.Debug = False,
) -> None:
    """Serve a local GrowthHub until Ctrl-C, and print what a client needs to speak to it.

    The environment to paste goes to stdout, everything else to stderr.
    """
    program = as_typed(context)
    raise typer.Exit(guarded(lambda: _serve(port, scenario, database, program), debug=debug))


def _serve(port: int, scenario_file: Path | None, database: Path | None, program: str) -> int:
    from ..sandbox import load_scenario
    from . import event_loop

    scenario = load_scenario(scenario_file) if scenario_file else _scenario()
    event_loop.run(_serve_until_signal(scenario, port, database, program))
    return 0


def _scenario() -> Scenario:
    """Describe a sandbox in which an app can be let in; its secret is none: nothing else knows of it."""
    from ..sandbox import OAuthApp, Scenario

    return Scenario(oauth=OAuthApp(client_id="sandbox-app", client_secret="sandbox-secret"))


async def _serve_until_signal(scenario: Scenario | None, port: int, database: Path | None, program: str) -> None:
    from .signals import Interruption, heard

    ending = asyncio.Event()
    async with serving(scenario, port, database) as sandbox:
        with heard(Interruption(ending.set, ending.set)):
            _print_welcome(sandbox, program)
            await ending.wait()


@asynccontextmanager
async def serving(scenario: Scenario | None, port: int, database: Path | None) -> AsyncIterator[Sandbox]:
    """Serve a sandbox during the block; raises UsageError when the port or the database cannot be had."""
    from ..sandbox import Sandbox

    async with AsyncExitStack() as resources:
        sandbox = Sandbox(scenario, port=port, database=database)
        try:
            await resources.enter_async_context(sandbox)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(_refusal(error, port, database)) from error
        yield sandbox


def _refusal(error: OSError | sqlite3.Error, port: int, database: Path | None) -> str:
    if isinstance(error, sqlite3.Error):
        return f"{database}: {error}; name a file that the sandbox made, or a new one"
    if error.filename is not None:
        return f"{database}: {error.strerror}; name a file in a directory that you may write to"
    return f"--port {port}: {os.strerror(error.errno or 0)}; --port 0 takes a free one"


def _print_welcome(sandbox: Sandbox, program: str) -> None:
    from .screen import Screen

    screen = Screen()
    environment = _environment(sandbox)
    screen.say(f"a local GrowthHub listens on {sandbox.base_url}, until Ctrl-C; paste this into another terminal:")
    screen.say()
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}", flush=True)
    screen.say()
    screen.say("and then, for example:")
    screen.say()
    screen.command(f"printf 'First Name,Email\\nAda,ada@example.com\\n' | {program} import -")
    screen.command(f"curl {sandbox.base_url}/_sandbox/contacts")
    screen.command(f"curl {sandbox.base_url}/_sandbox")
    if sandbox.scenario.oauth is not None:
        screen.say()
        screen.say("or, without that environment, by OAuth:")
        screen.say()
        app = sandbox.scenario.oauth
        screen.command(f"printf {shlex.quote(app.client_secret)} > app-secret; chmod 600 app-secret")
        screen.command(
            f"{program} auth login --base-url {sandbox.base_url} --client-id {shlex.quote(app.client_id)}"
            " --client-secret-file app-secret"
        )


def _environment(sandbox: Sandbox) -> dict[str, str]:
    try:
        token = sandbox.token
    except LookupError as error:  # its scenario has no token that works
        raise UsageError(str(error)) from None
    return {
        "GROWTHHUB_BASE_URL": sandbox.base_url,
        "GROWTHHUB_LOCATION_ID": sandbox.location_id,
        "GROWTHHUB_TOKEN": token,
    }
