"""A value that must not be shown: it prints as `***` wherever it is printed."""

from __future__ import annotations

import re


class Secret:
    """Hold a token so that no repr, log line or pickle can show it."""

    __slots__ = ("_bearer", "_echo", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._bearer: bytes | None = None
        self._echo: re.Pattern[str] | None = None

    def reveal(self) -> str:
        """Return the value itself, to be written to its own server and nowhere else."""
        return self._value

    def bearer(self) -> bytes:
        """Return the value of the header that it goes in; raises ValueError for one that would end the header."""
        if self._bearer is None:
            if not (self._value.isascii() and self._value.isprintable()):
                raise ValueError("a token must be printable ASCII")
            self._bearer = b"Bearer " + self._value.encode()
        return self._bearer

    def redact(self, text: str) -> str:
        """Take the value out of a text: a server that echoes a token shall not get it into an outcome."""
        if len(text) < len(self._value):  # a trace id, as a rule: no spelling of the value is shorter
            return text
        if self._echo is None:
            characters = (f"(?:{re.escape(character)}|%{ord(character):02x})" for character in self._value)
            self._echo = re.compile("".join(characters), re.IGNORECASE)
        return self._echo.sub("***", text)

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _: object) -> Secret:
        return self

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled: hand the process that needs it its own token")
