"""What the names of columns mean: which field of a contact, a field's second value, or something of another system.

Names are compared without case, accents, punctuation and spaces, so that `E-Mail`, `email` and `eMail` are one name.
The table holds what people call the fields, in English, German, French and Spanish; it lists no system's export.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ...contact import Contact


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SYNONYMS = {
    "first_name": "given name, forename, fname, first, vorname, prenom, nombre, nombre de pila",
    "last_name": "surname, family name, lname, last, nachname, familienname, nom, nom de famille, apellido, apellidos",
    "name": "full name, display name, vollstandiger name, nom complet, nombre completo, nombre y apellidos",
    "email": "mail, email address, mail address, email adresse, mail adresse, adresse email, adresse mail,"
    " adresse electronique, courriel, correo, correo electronico, direccion de correo, direccion de correo electronico",
    "phone": "phone number, phone no, telephone, telephone number, tel, tel no, mobile, mobile phone, mobile number,"
    " mobile no, cell, cell phone, cellphone, contact number, telefon, telefonnummer, telefonnr, rufnummer, handy,"
    " handynummer, mobil, mobiltelefon, mobilnummer, telephone portable, portable, numero de telephone, telefono,"
    " numero de telefono, telefono movil, movil, celular",
    "gender": "sex, geschlecht, sexe, genre, genero, sexo",
    "address1": "address, street, street address, address line 1, address line, strasse, strasse und hausnummer,"
    " adresse, anschrift, rue, direccion, calle, domicilio",
    "city": "town, locality, ort, stadt, wohnort, ville, commune, ciudad, localidad, poblacion, municipio",
    "state": "state region, state province, province, region, bundesland, departement, provincia, estado",
    "postal_code": "postcode, post code, zip, zip code, zip postal code, plz, postleitzahl, code postal, cp,"
    " codigo postal",
    "country": "country code, country region, nation, land, pays, pais",
    "website": "web site, web, url, website url, web page, homepage, webseite, internetseite, site web, site internet,"
    " sitio web, pagina web",
    "timezone": "time zone, tz, zeitzone, fuseau horaire, zona horaria, huso horario",
    "source": "lead source, contact source, original source, quelle, herkunft, origine, provenance, fuente, origen",
    "date_of_birth": "birth date, birthday, dob, born, born on, geburtsdatum, geburtstag, geboren am,"
    " date de naissance, ne le, fecha de nacimiento, nacimiento, cumpleanos",
    "company_name": "company, organization, organisation, organization name, organisation name, org, business,"
    " business name, employer, associated company, account name, firma, firmenname, unternehmen, societe, entreprise,"
    " raison sociale, empresa, nombre de la empresa, compania, organizacion",
    "tags": "tag, labels, groups, group membership, categories, keywords, schlagworte, schlagworter, kategorien,"
    " etiketten, etiquettes, mots cles, libelles, etiquetas, categorias",
    "dnd": "do not disturb, do not contact",
}
_QUALIFIERS = _words_of(
    "primary main contact customer client person personal mailing address home work business mobile"
    " privat geschaftlich dienstlich"
)
"""Words around a name that say which of several it is: the `mailing city` is a city, `phone (work)` a phone."""

_FOREIGN = _words_of(
    "id ids uuid guid owner created create added modified updated update activity timestamp label type photo phonetic"
    " formatted additional"
)
"""Words of columns that other systems keep for themselves: their ids, owners and dates."""

_NEAR = 0.8
"""How alike two short names must be for one to be suggested for the other, 0 to 1; long ones must be more alike."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


class Meaning(NamedTuple):
    """What a name means; of two names for one field the lower `rank` is the closer.

    `second` is set on a name that is numbered 2 or more; `foreign` on one that another system keeps for itself.
    """

    field: str | None
    rank: int = 0
    second: bool = False
    foreign: bool = False


def normalised(name: str) -> str:
    """Reduce a name to its letters and digits, without case and accents."""
    return "".join(_words(name))


def meaning(name: str) -> Meaning:
    """Tell what a column's name means."""
    words = _words(name)
    field = _exact_fields().get("".join(words))
    if field is not None:
        return Meaning(field, rank=0)
    field = _field_names().get("".join(words))
    if field is not None:
        return Meaning(field, rank=1)
    if _FOREIGN.intersection(words):
        return Meaning(None, foreign=True)
    return _looser_meaning(words)


def nearest_field(name: str) -> str | None:
    """Suggest the field that an unknown name may have meant; None when no name is near."""
    near = _nearest(name, [known for known, field in _field_names().items() if field in _SYNONYMS])
    return _field_names()[near] if near else None


def nearest_name(name: str, names: list[str]) -> str | None:
    """Suggest which of some names another may have meant; None when none is near."""
    by_normalised = {normalised(candidate): candidate for candidate in names}
    near = _nearest(name, list(by_normalised))
    return by_normalised[near] if near else None


def exact_field(name: str) -> str | None:
    """Find the field of that very name, in snake_case or as on the wire."""
    return next((field for field, wire in _wire_names() if name in (field, wire)), None)


def _looser_meaning(words: list[str]) -> Meaning:
    """Read `E-mail 2 - Value` as a second email, and `Mailing City` as a city."""
    second = any(word.isdecimal() and int(word) > 1 for word in words)
    plain = [word for word in words if not word.isdecimal() and word != "value"]
    for rank, bare in enumerate(_without_qualifiers(plain), start=2):
        field = _field_names().get("".join(bare))
        if field is not None:
            return Meaning(field, rank=rank, second=second)
    return Meaning(None)


def _without_qualifiers(words: list[str]) -> Iterator[list[str]]:
    yield words
    while words and words[0] in _QUALIFIERS:
        words = words[1:]
        yield words
    while words and words[-1] in _QUALIFIERS:
        words = words[:-1]
        yield words


def _nearest(name: str, known: list[str]) -> str | None:
    wanted = normalised(name)
    cutoff = max(_NEAR, 1 - 2 / max(len(wanted), 1))
    return next(iter(difflib.get_close_matches(wanted, known, n=1, cutoff=cutoff)), None)


def _words(name: str) -> list[str]:
    spaced = _HUMP.sub(" ", name)
    unaccented = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return _WORD.findall(unaccented.casefold())


@cache
def _wire_names() -> tuple[tuple[str, str], ...]:
    return tuple(zip(Contact.__struct_fields__, Contact.__struct_encode_fields__, strict=True))


@cache
def _exact_fields() -> dict[str, str]:
    return {normalised(field): field for field in Contact.__struct_fields__}


@cache
def _field_names() -> dict[str, str]:
    synonyms = ((normalised(name), field) for field, names in _SYNONYMS.items() for name in names.split(","))
    return dict(synonyms) | _exact_fields()
