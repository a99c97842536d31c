"""Numbers as people write them, in any country; one that can be read in two ways is not read at all."""

from __future__ import annotations

import math
import re
import unicodedata

_MAX_LENGTH = 40
_MAX_DIGITS = 18
_GROUPED = tuple(
    re.compile(rf"(?P<whole>[1-9]\d{{0,2}}(?:{group}\d{{3}})+)(?:{point}(?P<part>\d+))?", re.ASCII)
    for group, point in (("[ ']", "[.,]"), (",", r"\."), (r"\.", ","))
)
_INDIAN = re.compile(r"(?P<whole>[1-9]\d?(?:,\d{2})+,\d{3})(?:\.(?P<part>\d+))?", re.ASCII)
_PLAIN = re.compile(r"(?P<whole>\d+)(?:[.,](?P<part>\d+))?", re.ASCII)
_HEADLESS = re.compile(r"(?P<whole>)[.,](?P<part>\d+)", re.ASCII)
_SPELLINGS = (*_GROUPED, _INDIAN, _PLAIN, _HEADLESS)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE][+-]?\d{1,3}", re.ASCII)
_CODES = "USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|BRL|MXN|SEK|NOK|DKK|PLN|CZK|ZAR|SGD|HKD"
_CODE = re.compile(rf"(?:{_CODES})(?![A-Za-z])|(?<![A-Za-z])(?:{_CODES})\Z")
_SPACE = re.compile(r"\s")


def parse_number(text: str) -> int | float:
    """Read a number: `1234.5`, `1,234.50`, `1.234,50`, `1 234,50`, `1'234.50`, with or without a currency.

    Raises ValueError for what is no number, and for `1,234` and `1.234`, which are a thousand or a part of it.
    """
    sign, digits = _parted(text)
    if _SCIENTIFIC.fullmatch(digits) and math.isfinite(float(digits)):
        return sign * float(digits)
    readings = {_value(match) for spelling in _SPELLINGS if (match := spelling.fullmatch(digits))}
    if len(readings) > 1:
        raise ValueError("may be a thousand or a part of it; write it like 1234 or 1.2340")
    if not readings or len(digits) > _MAX_LENGTH:
        raise ValueError("is no number; write it like 1234.5")
    return sign * readings.pop()


def _parted(text: str) -> tuple[int, str]:
    """Part a text into its sign and its digits, without what says that it is money."""
    text = _SPACE.sub(" ", text).replace("\u2019", "'").replace("\u2212", "-").strip()
    sign, text = _without_sign(text)
    text = _CODE.sub("", text, count=1).strip()
    if text and unicodedata.category(text[0]) == "Sc":
        text = text[1:].lstrip()
    elif text and unicodedata.category(text[-1]) == "Sc":
        text = text[:-1].rstrip()
    inner, text = _without_sign(text) if sign is None else (sign, text)
    return -1 if inner == "-" else 1, text


def _without_sign(text: str) -> tuple[str | None, str]:
    return (text[0], text[1:].lstrip()) if text[:1] in ("-", "+") else (None, text)


def _value(match: re.Match[str]) -> int | float:
    whole = "".join(c for c in match["whole"] if c.isdecimal()) or "0"
    part = match["part"]
    if len(whole) > _MAX_DIGITS:
        raise ValueError("is too long for a number")
    return float(f"{whole}.{part}") if part else int(whole)
