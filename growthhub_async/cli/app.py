"""The commands under their names, and what they have in common."""

from __future__ import annotations

from typing import Annotated

import typer

from ..version import __version__
from .auth_commands import auth_app
from .demo import demo_command
from .import_command import check_command, import_command
from .job_commands import resume_command, retry_command
from .look_commands import explain_command, report_command, status_command
from .sandbox import sandbox_command

app = typer.Typer(
    name="growthhub",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, and those hold contacts
    rich_markup_mode=None,  # plain help starts fast, and fits a narrow terminal
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"growthhub-async {__version__}")
        raise typer.Exit


@app.callback()
def growthhub(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version and exit")
    ] = False,
) -> None:
    """Import contacts into GrowthHub, or try it all out on a local one."""


# The short help of a command fits a line of a narrow terminal, where its docstring would be cut.
app.command("import", short_help="send the contacts of files to GrowthHub")(import_command)
app.command("check", short_help="tell what an import would do, and send nothing")(check_command)
app.command("resume", short_help="go on with an import, without its files")(resume_command)
app.command("retry", short_help="send again what failed or was mended")(retry_command)
app.command("status", short_help="tell how an import stands, and check its accounts")(status_command)
app.command("report", short_help="write a page about an import, to look at")(report_command)
app.command("explain", short_help="tell all that was done about one record")(explain_command)
app.command("demo", short_help="try an import on a local GrowthHub")(demo_command)
app.command("sandbox", short_help="serve a local GrowthHub")(sandbox_command)
app.add_typer(auth_app, name="auth", short_help="log in to GrowthHub, and out")
