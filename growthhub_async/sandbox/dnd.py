"""The do-not-disturb settings of a body, checked (contract.md, "Request")."""

from collections.abc import Collection
from typing import Any

_CHANNELS = ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")
_INBOUND_CHANNELS = ("all",)


def dnd_problems(name: str, value: Any) -> list[str]:
    """Return the problems of `dndSettings`."""
    return _problems(name, value, _CHANNELS, ("active", "inactive", "permanent"), ("message", "code"))


def inbound_dnd_problems(name: str, value: Any) -> list[str]:
    """Return the problems of `inboundDndSettings`."""
    return _problems(name, value, _INBOUND_CHANNELS, ("active", "inactive"), ("message",))


def _problems(
    name: str, value: Any, channels: Collection[str], statuses: Collection[str], texts: Collection[str]
) -> list[str]:
    if not isinstance(value, dict):
        return [f"{name} must be an object"]
    problems = [f"{name}.property {channel} should not exist" for channel in value if channel not in channels]
    for channel in channels:
        if channel in value:
            problems += _channel_problems(f"{name}.{channel}", value[channel], statuses, texts)
    return problems


def _channel_problems(where: str, setting: Any, statuses: Collection[str], texts: Collection[str]) -> list[str]:
    if not isinstance(setting, dict):
        return [f"{where} must be an object"]
    problems = [f"{where}.property {name} should not exist" for name in setting if name not in ("status", *texts)]
    if setting.get("status") not in statuses:
        problems.append(f"{where}.status must be one of the following values: {', '.join(statuses)}")
    problems += [f"{where}.{name} must be a string" for name in texts if not _text_or_null(setting.get(name))]
    return problems


def _text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)
