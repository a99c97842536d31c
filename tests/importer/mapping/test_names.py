"""Names of columns are understood in the spellings that people use."""

from __future__ import annotations

import pytest

from growthhub_async import Contact
from growthhub_async.importer.mapping.names import (
    exact_field,
    listed,
    meaning,
    nearest_field,
    nearest_name,
    normalised,
)
from growthhub_async.importer.mapping.synonyms import SYNONYMS


@pytest.mark.parametrize("field", Contact.__struct_fields__)
def test_every_field_is_known_by_its_own_names(field: str) -> None:
    """The name in Python and the name on the wire mean the field, and nothing is closer."""
    wire = Contact.__struct_encode_fields__[Contact.__struct_fields__.index(field)]
    for name in (field, wire, field.replace("_", " ").title(), field.upper()):
        assert meaning(name) == (field, 0, False, False)
    assert exact_field(wire) == exact_field(field) == field


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("E-Mail", "email"),
        ("E-mail 1 - Value", "email"),
        ("Correo electrónico", "email"),
        ("Courriel", "email"),
        ("Phone Number", "phone"),
        ("Phone (Mobile)", "phone"),
        ("Téléphone", "phone"),
        ("Handynummer", "phone"),
        ("Vorname", "first_name"),
        ("Prénom", "first_name"),
        ("Surname", "last_name"),
        ("Apellidos", "last_name"),
        ("Full Name", "name"),
        ("Straße", "address1"),
        ("Mailing Address", "address1"),
        ("Mailing City", "city"),
        ("State/Region", "state"),
        ("ZIP", "postal_code"),
        ("Código Postal", "postal_code"),
        ("Country/Region", "country"),
        ("Organization Name", "company_name"),
        ("Associated Company", "company_name"),
        ("Birthday", "date_of_birth"),
        ("Fecha de nacimiento", "date_of_birth"),
        ("Labels", "tags"),
        ("Person - Email - Work", "email"),
        ("Website URL", "website"),
        ("Lead Source", "source"),
        ("Do Not Disturb", "dnd"),
        ("Primeiro nome", "first_name"),
        ("Sobrenome", "last_name"),
        ("Telemóvel", "phone"),
        ("Endereço de email", "email"),
        ("CEP (comercial)", "postal_code"),
        ("Data de nascimento", "date_of_birth"),
        ("Cognome", "last_name"),
        ("Cellulare", "phone"),
        ("Indirizzo posta elettronica", "email"),
        ("Città (uff.)", "city"),
        ("Ragione sociale", "company_name"),
        ("Voornaam", "first_name"),
        ("Telefoon op werk", "phone"),
        ("Werkadres, postcode", "postal_code"),
        ("Geboortedatum", "date_of_birth"),
        ("Bedrijfsnaam", "company_name"),
        ("Land/Region geschäftlich", "country"),
        ("Pays/Région (bureau)", "country"),
        ("Calle del trabajo", "address1"),
        ("MailingPostalCode", "postal_code"),
        ("Mobile Phone Number", "phone"),
        ("OtherCity", "city"),
        ("Organization 1 - Name", "company_name"),
    ],
)
def test_common_names_are_known(name: str, field: str) -> None:
    """Names in the seven languages mean their field, with and without qualifiers."""
    found = meaning(name)
    assert (found.field, found.second) == (field, False)


@pytest.mark.parametrize(
    "name",
    ["Record ID", "Contact Id", "Contact owner", "Create Date", "dateAdded", "Photo", "Yomi Name", "growthhub_message"],
)
def test_what_another_system_keeps_for_itself_is_known_as_that(name: str) -> None:
    """Ids, owners and dates of other systems are no contact data."""
    assert meaning(name) == (None, 0, False, True)


@pytest.mark.parametrize(
    "name",
    [
        "Company Phone",
        "Company Address",
        "Organization - Address",
        "Company Mobile",
        "Notes",
        "Lead Status",
        "Locations",
        "growthhub_",
        "my growthhub_reason",
        "Fax",
        "",
        "!?",
    ],
)
def test_what_is_not_known_means_nothing(name: str) -> None:
    """No meaning is forced on a name."""
    assert meaning(name) == (None, 0, False, False)


def test_a_second_value_is_told_from_the_first() -> None:
    """A contact has one of each field, and a number says which column holds another."""
    assert meaning("E-mail 2 - Value").second
    assert meaning("Phone Number 3").second
    assert meaning("Secondary Email").second
    assert meaning("Segundo nombre").second
    assert not meaning("Phone 1").second


def test_closer_names_rank_before_looser_ones() -> None:
    """The field's own name is the closest, then a synonym, then a name with qualifiers."""
    ranks = [meaning(name).rank for name in ("Phone", "Mobile Phone", "Phone 1", "Work Phone", "Other Phone")]
    assert ranks == sorted(set(ranks))


def test_a_misspelt_name_is_suggested_for() -> None:
    """The suggestion is a field; what is not like any name gets none."""
    assert nearest_field("Emial") == "email"
    assert nearest_field("Frist Name") == "first_name"
    assert nearest_field("Organization Title") is None
    assert nearest_field("Location") is None
    assert nearest_field("Department") is None
    assert nearest_field("") is None
    assert nearest_name("Vornahme", ["Nachname", "Vorname"]) == "Vorname"
    assert nearest_name("Age", ["Nachname", "Vorname"]) is None


def test_names_are_compared_without_case_accents_and_punctuation() -> None:
    """What people vary without meaning to is left out."""
    assert normalised("  É-Mail_Straße (2) ") == "emailstrasse2"
    assert normalised("firstName") == "firstname"


def test_no_name_means_two_fields() -> None:
    """A word that is two fields in two languages would go to whichever stands last in the table."""
    fields_of: dict[str, set[str]] = {}
    for field, names in SYNONYMS.items():
        for name in names.split(","):
            fields_of.setdefault(normalised(name), set()).add(field)
    assert {name: fields for name, fields in fields_of.items() if len(fields) > 1} == {}
    assert not fields_of.keys() & {normalised(field) for field in Contact.__struct_fields__}


def test_many_names_are_listed_shortly() -> None:
    """A wide file does not fill the screen."""
    assert listed(["a", "b" * 50]) == f"`a`, `{'b' * 40}`"
    assert listed([str(number) for number in range(25)]).endswith("`19` and 5 more")
