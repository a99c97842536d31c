"""The figures as one HTML page that needs nothing else: no script, no network, no font."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...version import __version__
from ..errors import JobError
from ..job import JobView
from . import words
from .figures import figures_of
from .latency_chart import latency_chart
from .throughput_chart import throughput_chart
from .values import Figures
from .verdict import REASONS, verdict_of

if TYPE_CHECKING:
    import jinja2

_WIDTHS = {"wide": (1_080, 500), "middle": (640, 640), "narrow": (324, 324)}
"""Pixels that charts of the whole width and of a half are drawn in: which are shown is for the style to say."""
_TEMPLATES = Path(__file__).parent / "templates"


def write_report(view: JobView, path: Path) -> None:
    """Write the report of a job, whole or not at all, for its owner's eyes only; raises JobError."""
    page = page_of(figures_of(view))
    try:
        _replace(path, page)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise JobError(f"the report cannot be written to {path}: {why}; mend that, or name another file") from None


def page_of(figures: Figures, local: Callable[[float], datetime] = words.local) -> str:
    """Make the page; `local` puts a unix time on the clock that it is read by. Raises JobError without jinja2."""
    environment = _environment()
    charts = {}
    for name, (whole, half) in _WIDTHS.items():
        charts[name] = {
            "throughput": figures.throughput and throughput_chart(figures.throughput, whole, local),
            "latency": figures.latency and latency_chart(figures.latency, half),
        }
    return environment.get_template("page.html").render(
        figures=figures,
        verdict=verdict_of(figures),
        reasons=REASONS,
        charts=charts,
        local=local,
        version=__version__,
        **_span(figures, local),
    )


def _span(figures: Figures, local: Callable[[float], datetime]) -> dict[str, Any]:
    """Say when it was sent, and by which clock."""
    if not figures.runs:
        return {"when": "", "zone": ""}
    since, until = local(figures.runs[0].since), local(max(run.until for run in figures.runs))
    return {"when": words.between(since, until), "zone": since.tzname() or ""}


def _environment() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError:
        raise JobError('a report needs jinja2; install it with: pip install "growthhub-async[cli]"') from None
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": words.number,
        "counted": words.counted,
        "percent": words.percent,
        "duration": words.duration,
        "date": words.date,
        "per": words.per,
        "rate": words.rate,
    }
    return environment


def _replace(path: Path, page: str) -> None:
    """Write a file beside, which nobody else may read, and put it in the place of what was there."""
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="xmlcharrefreplace") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())  # where a full disk is told of, if not before
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
