"""Phone numbers to E.164, those without `+` as people of a region dial them; needs the package phonenumbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...countries import country_code
from ..errors import ImportFileError
from .unreadable import Unreadable

if TYPE_CHECKING:
    from types import ModuleType

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_EXTENSION = re.compile(r"(?i)(?:ext|extn|extension|x|#|durchwahl|poste)\W*[0-9]+\s*\Z")


class Phones:
    """Write phone numbers as E.164; `region` is a two-letter code, that of numbers without `+`.

    Raises ImportFileError for a region without phone numbers, and where the package is missing; `where` is what its
    message begins with.
    """

    def __init__(self, region: str, where: str = "default_region") -> None:
        self._library = _library(where)
        self._region = region.upper()
        if self._region not in self._library.SUPPORTED_REGIONS:
            meant = country_code(region)
            remedy = f"did you mean {meant}?" if meant else "write a two-letter code such as US"
            raise ImportFileError(f"{where}: {region[:40]} is no region with phone numbers; {remedy}")

    def normalised(self, phone: str, country: object = None) -> str:
        """Write one number as E.164; `country` is the record's own, and is held to be its region where it is known.

        A number that is E.164 already is not looked at, and of one with `+` only the length: ranges of numbers that are
        newer than the package must not be refused where nothing is guessed. Raises Unreadable.
        """
        if _E164.fullmatch(phone):
            return phone
        region = self._region_of(country)
        if any(map(str.isalpha, phone)) or _EXTENSION.search(phone):
            raise Unreadable(f"has letters or an extension, which the API does not keep; {self._remedy(region)}")
        international = phone.lstrip().startswith(("+", "\uff0b"))
        library = self._library
        try:
            number = library.parse(phone, region)
        except library.NumberParseException:
            number = None
        judge = library.is_possible_number if international else library.is_valid_number
        if number is None or not judge(number):
            of_region = "" if international else f" of {region}"
            raise Unreadable(f"is no phone number{of_region}; {self._remedy(region)}")
        return str(library.format_number(number, library.PhoneNumberFormat.E164))

    def _region_of(self, country: object) -> str:
        own = country_code(country) if isinstance(country, str) else None
        return own if own is not None and own in self._library.SUPPORTED_REGIONS else self._region

    def _remedy(self, region: str) -> str:
        example = self._library.example_number(region) or self._library.example_number("US")
        shown = self._library.format_number(example, self._library.PhoneNumberFormat.INTERNATIONAL)
        return f"write it like {shown}"


def _library(where: str) -> Any:
    try:
        import phonenumbers
    except ModuleNotFoundError:
        raise ImportFileError(
            f"{where}: needs the package phonenumbers; pip install 'growthhub-async[phones]'"
        ) from None
    library: ModuleType = phonenumbers
    return library
