"""The progress of a run: a display that is redrawn on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .numbers_text import duration
from .recorder import Numbers
from .screen import Screen, plain

_LOCATIONS = 6
"""Locations of which the display tells."""


class Progress(Protocol):
    """What shows numbers; `every` is how often it wants them, in seconds."""

    every: float

    def __enter__(self) -> Self: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def show(self, numbers: Numbers) -> None:
        """Show the numbers as they stand."""


def progress_on(screen: Screen, name: str, *, live: bool) -> Progress:
    """Choose how a run is shown: `live` asks for the display, which needs a terminal."""
    return LiveProgress(screen, name) if live and screen.is_terminal else PlainProgress(screen, name)


class PlainProgress:
    """A line every few seconds."""

    every = 5.0

    def __init__(self, screen: Screen, name: str) -> None:
        self._screen = screen
        self._name = name
        self._waits: tuple[int, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return

    def show(self, numbers: Numbers) -> None:
        """Print one line; while the run waits, one is enough until something happens."""
        waits = None if numbers.waits is None else (numbers.done, str(numbers.waits))
        if waits is not None and waits == self._waits:
            return
        self._waits = waits
        figures = [
            *_figures(numbers),
            *([] if numbers.waits is None else [str(numbers.waits)]),
            *(line.strip() for line in _locations(numbers, 0)[-1:]),
        ]
        self._screen.say(f"{self._name}: {', '.join(figures)}")


class LiveProgress:
    """A bar and the figures, redrawn in place and gone in the end; what is said meanwhile scrolls above them."""

    every = 0.2

    def __init__(self, screen: Screen, name: str) -> None:
        self._name = plain(name)
        self._console = screen.console
        self._live = Live(
            console=screen.console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, numbers: Numbers) -> None:
        """Redraw the display."""
        self._live.update(_display(self._name, numbers, self._console.width), refresh=True)


def _display(name: str, numbers: Numbers, width: int) -> RenderableType:
    bar = Table.grid(expand=True, padding=(0, 1))
    bar.add_column(no_wrap=True, max_width=30, overflow="ellipsis")
    bar.add_column(ratio=1)
    bar.add_column(justify="right", width=4)
    bar.add_row(name, ProgressBar(total=1.0, completed=numbers.share), f"{numbers.share:.0%}")
    lines = [Text(line) for line in _side_by_side(_figures(numbers), width)]
    if numbers.waits is not None:
        lines.append(Text(str(numbers.waits)))
    return Group(bar, *lines, *(Text(line) for line in _locations(numbers, _LOCATIONS)))


def _side_by_side(figures: list[str], width: int) -> list[str]:
    """Put figures into lines of so many columns at most, none of them broken."""
    lines = figures[:1]
    for figure in figures[1:]:
        longer = f"{lines[-1]}  {figure}"
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(figure)
    return lines


def _figures(numbers: Numbers) -> list[str]:
    counts = numbers.counts
    figures = [
        f"{numbers.done:,} of {counts.read:,} done",
        f"{counts.created:,} created",
        f"{counts.updated:,} updated",
        f"{counts.error:,} error",
        f"{numbers.rate:,.0f}/s" + (f" (quota {numbers.allowed:,.0f}/s)" if numbers.allowed else ""),
    ]
    if counts.duplicate:
        figures.insert(4, f"{counts.duplicate:,} duplicate")
    if numbers.seconds_left is not None:
        figures.append(f"{duration(numbers.seconds_left)} left")
    return figures


def _locations(numbers: Numbers, most: int) -> list[str]:
    """Tell what is left of each location, when there are several: of those with the most."""
    if len(numbers.unsent) < 2:
        return []
    left = sorted(((records, location_id) for location_id, records in numbers.unsent.items() if records), reverse=True)
    lines = [f"  {location_id}: {records:,} left" for records, location_id in left[:most]]
    if len(left) > most:
        lines.append(f"  and {len(left) - most:,} more locations")
    done = len(numbers.unsent) - len(left)
    return [*lines, f"  {done:,} of {len(numbers.unsent):,} locations done"]
