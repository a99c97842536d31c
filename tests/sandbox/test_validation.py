from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox import Behaviour, CustomField, Location
from growthhub_async.sandbox.validation import tags_problems, upsert_problems

HERE = {"locationId": "ve9EPM428h8vShlRW1KT"}


def problems(location: Location | None = None, **fields: Any) -> list[str]:
    return upsert_problems(HERE | fields, location or Location())


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "ada@example.com", "phone": "+1 888-888-8888", "firstName": "Ada", "dnd": True},
        {"email": "a.b+c_d@sub.example.co.uk"},
        {"email": None, "phone": None, "firstName": None, "timezone": None, "dnd": None, "dateOfBirth": None},
        {"phone": "", "firstName": "", "timezone": "", "dateOfBirth": ""},
        {"timezone": "America/chihuahua", "country": "US", "dateOfBirth": "1990_09_25"},
        {"dndSettings": {"Call": {"status": "permanent", "message": None, "code": "x"}, "FB": {"status": "active"}}},
        {"inboundDndSettings": {"all": {"status": "inactive", "message": "no"}}},
        {"tags": [], "customFields": []},
        {"customFields": [{"id": "a", "key": "b", "field_value": v} for v in ("x", 1, 1.5, ["x"], {"u": {}}, None)]},
        {"createNewIfDuplicateAllowed": None, "assignedTo": "y0BeYjuR1DW5DcOH0Jo", "companyName": ""},
    ],
)
def test_what_the_page_allows_passes(fields: dict[str, Any]) -> None:
    """Bodies as the contract describes them have no problem."""
    assert problems(**fields) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shoeSize": 42}, "property shoeSize should not exist"),
        ({"id": "x"}, "property id should not exist"),
        ({"email": ""}, "email must be an email"),
        ({"email": 5}, "email must be an email"),
        ({"email": "ada@"}, "email must be an email"),
        ({"email": "ada lovelace@example.com"}, "email must be an email"),
        ({"email": "ada@example..com"}, "email must be an email"),
        ({"email": "ada@example.com "}, "email must be an email"),
        ({"phone": 18888888888}, "phone must be a string"),
        ({"phone": "call me"}, "phone must be a valid phone number"),
        ({"firstName": 1}, "firstName must be a string"),
        ({"companyName": None}, "companyName must be a string"),
        ({"country": "us"}, "country must be a valid ISO31661 Alpha2 code"),
        ({"country": None}, "country must be a valid ISO31661 Alpha2 code"),
        ({"timezone": "Mars/Olympus"}, "timezone must be a valid IANA time-zone"),
        ({"dateOfBirth": "25.09.1990"}, "dateOfBirth must be a valid date in a supported format"),
        ({"dnd": "true"}, "dnd must be a boolean value"),
        ({"createNewIfDuplicateAllowed": 1}, "createNewIfDuplicateAllowed must be a boolean value"),
        ({"tags": "vip"}, "tags must be an array"),
        ({"tags": None}, "tags must be an array"),
        ({"tags": ["vip", 1]}, "each value in tags must be a string"),
        ({"customFields": {"id": "a"}}, "customFields must be an array"),
        ({"customFields": None}, "customFields must be an array"),
        ({"customFields": [{"field_value": "x"}]}, "customFields.0.id must be a string"),
        ({"customFields": [{"id": "a", "key": 1}]}, "customFields.0.key must be a string"),
        ({"customFields": [{"id": "a", "value": "x"}]}, "customFields.0.property value should not exist"),
        (
            {"customFields": [{"id": "a", "field_value": True}]},
            "customFields.0.field_value must be a string, a number, an array or an object",
        ),
        (
            {"customFields": ["a"]},
            "each value in nested property customFields must be either object or array at 0",
        ),
        ({"dndSettings": "all"}, "dndSettings must be an object"),
        ({"dndSettings": {"Fax": {"status": "active"}}}, "dndSettings.property Fax should not exist"),
        ({"dndSettings": {"SMS": "active"}}, "dndSettings.SMS must be an object"),
        ({"dndSettings": {"SMS": {"status": "active", "x": 1}}}, "dndSettings.SMS.property x should not exist"),
        (
            {"dndSettings": {"SMS": {}}},
            "dndSettings.SMS.status must be one of the following values: active, inactive, permanent",
        ),
        ({"dndSettings": {"SMS": {"status": "active", "code": 1}}}, "dndSettings.SMS.code must be a string"),
        (
            {"inboundDndSettings": {"all": {"status": "permanent"}}},
            "inboundDndSettings.all.status must be one of the following values: active, inactive",
        ),
    ],
)
def test_what_is_wrong_is_said_in_the_apis_words(fields: dict[str, Any], message: str) -> None:
    """Each wrong member has exactly its own message."""
    assert problems(**fields) == [message]


def test_all_problems_come_at_once() -> None:
    """A body with several mistakes is refused with all of them, unknown properties first."""
    assert problems(email="x", unknown=1, tags="vip") == [
        "property unknown should not exist",
        "email must be an email",
        "tags must be an array",
    ]


@pytest.mark.parametrize("body", [{}, {"locationId": None}])
def test_the_location_is_required_unless_switched_off(body: dict[str, Any]) -> None:
    """The live API wants `locationId`, which its page does not say; by the switch the token's location is meant."""
    assert upsert_problems(body, Location()) == ["locationId must be a string"]
    assert upsert_problems(body, Location(behaviour=Behaviour(location_id_required=False))) == []


@pytest.mark.parametrize(
    ("data_type", "right", "wrong"),
    [
        ("TEXT", "red", 1),
        ("NUMERICAL", 100, "100"),
        ("MONETORY", 100.5, "100.50"),
        ("CHECKBOX", ["a"], 1),
        ("CHECKBOX", "a", {"a": {}}),
        ("MULTIPLE_OPTIONS", ["a"], "a"),
        ("FILE_UPLOAD", {"uuid": {"url": "https://example.com"}}, "file"),
    ],
)
def test_the_type_of_a_custom_field_is_checked_if_the_switch_says_so(data_type: Any, right: Any, wrong: Any) -> None:
    """With the check, a value of another type than its field takes is a 422; without, it passes."""
    fields = (CustomField(id="f", name="F", field_key="contact.f", data_type=data_type),)
    checked = Location(custom_fields=fields, behaviour=Behaviour(custom_field_types="checked"))
    message = f"customFields.0.field_value must be a valid value for {data_type}"
    assert problems(checked, customFields=[{"id": "f", "field_value": right}]) == []
    assert problems(checked, customFields=[{"id": "f", "field_value": wrong}]) == [message]
    assert problems(Location(custom_fields=fields), customFields=[{"id": "f", "field_value": wrong}]) == []


def test_a_body_of_tags_holds_tags_and_nothing_else() -> None:
    """The tags endpoints take an array of strings and no other member."""
    assert tags_problems({"tags": ["vip"]}) == []
    assert tags_problems({}) == ["tags must be an array"]
    assert tags_problems({"tags": [1], "x": 1}) == [
        "property x should not exist",
        "each value in tags must be a string",
    ]


NAMES = st.sampled_from(["email", "phone", "tags", "dnd", "dndSettings", "inboundDndSettings", "customFields", "other"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "key", "field_value", "Call", "all", "status"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(NAMES, JSON))
def test_no_body_breaks_the_validator(body: dict[str, Any]) -> None:
    """Whatever JSON object comes, the validator answers with messages and never fails."""
    assert all(isinstance(message, str) for message in upsert_problems(body, Location()))
