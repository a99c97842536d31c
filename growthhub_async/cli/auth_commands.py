"""`growthhub auth`: connect the app, keep a token, tell what is there, forget it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import arguments as a
from .guard import guarded

auth_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Log in to GrowthHub, and out.")
token_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep a token that GrowthHub gave you.")
auth_app.add_typer(token_app, name="token", short_help="keep a token")

Name = Annotated[str, typer.Option("--profile", metavar="NAME", help="the name that it is kept under")]
Keyring = Annotated[
    bool, typer.Option("--keyring", help="keep what is secret in the system's keyring, not in a file of yours alone")
]


def login_command(
    profile: Name = "default",
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="the app's id; else GROWTHHUB_CLIENT_ID, or as before")
    ] = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="a file with the app's secret; else GROWTHHUB_CLIENT_SECRET, or as before"),
    ] = None,
    base_url: a.BaseUrl = None,
    location: a.Location = None,
    agency: Annotated[
        bool, typer.Option("--agency", help="connect an agency, for all its locations that have the app")
    ] = False,
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="ask for this scope instead; may be repeated")
    ] = None,
    redirect_uri: Annotated[
        str | None,
        typer.Option(metavar="URL", help="where the browser comes back to, as in the app's settings"),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="open no browser here: show an address, and read one that is pasted")
    ] = False,
    keyring: Keyring = False,
    verbose: a.Verbose = False,
    debug: a.Debug = False,
) -> None:
    """Connect GrowthHub: allow the app in a browser, and the command line goes on by itself.

    The tokens are kept under the name of the profile, renewed ahead of their end, and used by `growthhub import
    --profile NAME`. The browser comes back to http://localhost:8914/callback unless --redirect-uri says otherwise; the
    app's settings in GrowthHub have to name that address. The app's secret is never a flag, for others can see those.

    Exit code: 0 connected, 2 something is missing or access was denied, 3 GrowthHub refused the app or its code, 4
    GrowthHub did not answer.
    """

    def log_in() -> int:
        from .auth_run import Login, log_in
        from .authorization import REDIRECT_URI
        from .screen import Screen

        login = Login(
            client_id=client_id,
            client_secret_file=client_secret_file,
            base_url=base_url,
            location_id=location,
            redirect_uri=redirect_uri or REDIRECT_URI,
            scopes=scope,
            agency=agency,
            browser=not no_browser,
            keyring=keyring,
        )
        return log_in(profile, login, Screen(verbose=verbose))

    raise typer.Exit(guarded(log_in, debug=debug))


def status_command(
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="tell of this one only; else of all")
    ] = None,
    debug: a.Debug = False,
) -> None:
    """Tell of each profile who is connected, to which location, with which scopes, and when the token ends.

    No token is shown, and GrowthHub is not asked.
    """

    def tell() -> int:
        from .auth_run import tell_status

        return tell_status(profile)

    raise typer.Exit(guarded(tell, debug=debug))


def logout_command(profile: Name = "default", debug: a.Debug = False) -> None:
    """Forget a profile and its tokens on this machine."""

    def log_out() -> int:
        from .auth_run import log_out
        from .screen import Screen

        return log_out(profile, Screen())

    raise typer.Exit(guarded(log_out, debug=debug))


def set_command(
    profile: Name = "default",
    location: a.Location = None,
    base_url: a.BaseUrl = None,
    keyring: Keyring = False,
    debug: a.Debug = False,
) -> None:
    """Read a Private Integration Token or an access token from the standard input, and keep it as a profile.

    On a terminal it is asked for, and not shown. It is used for its server alone, the live API unless --base-url says
    otherwise.
    """

    def set_token() -> int:
        from .auth_run import set_token
        from .screen import Screen

        return set_token(profile, location, base_url, Screen(), keyring=keyring)

    raise typer.Exit(guarded(set_token, debug=debug))


auth_app.command("login", short_help="connect an app with OAuth, in a browser")(login_command)
auth_app.command("status", short_help="tell who is connected, and until when")(status_command)
auth_app.command("logout", short_help="forget a profile")(logout_command)
token_app.command("set", short_help="keep a token that is read from the standard input")(set_command)
