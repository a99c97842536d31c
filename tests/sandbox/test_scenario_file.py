from pathlib import Path

import msgspec
import pytest

from growthhub_async.sandbox import (
    Behaviour,
    CustomField,
    Disconnect,
    Limits,
    Location,
    Lognormal,
    Scenario,
    ScenarioError,
    Status,
    Token,
    load_scenario,
)

TOML = """
seed = 7

[latency]
kind = "lognormal"
median = 0.4
tail_probability = 0.01

[[locations]]
id = "first"
country = "GB"
match = "phone_then_email"
tokens = [{ value = "pit-one", scopes = ["contacts.write"] }]
custom_fields = [{ id = "f1", name = "Colour", field_key = "contact.colour" }]
contacts = [{ email = "ada@example.com", tags = ["vip"] }]

[locations.limits]
requests_per_interval = 25
window = "sliding"

[locations.behaviour]
null = "ignored"

[[locations]]
id = "second"

[[faults]]
kind = "status"
status = 503
headers = { Retry-After = "2" }
probability = 0.02

[[faults]]
kind = "disconnect"
moment = "after"
requests = [17, 42]
location_id = "second"
"""

SCENARIO = Scenario(
    seed=7,
    latency=Lognormal(median=0.4, tail_probability=0.01),
    locations=(
        Location(
            id="first",
            country="GB",
            match="phone_then_email",
            tokens=(Token(value="pit-one", scopes=("contacts.write",)),),
            custom_fields=(CustomField(id="f1", name="Colour", field_key="contact.colour"),),
            contacts=({"email": "ada@example.com", "tags": ["vip"]},),
            limits=Limits(requests_per_interval=25, window="sliding"),
            behaviour=Behaviour(null="ignored"),
        ),
        Location(id="second"),
    ),
    faults=(
        Status(status=503, headers={"Retry-After": "2"}, probability=0.02),
        Disconnect(moment="after", requests=(17, 42), location_id="second"),
    ),
)


def written(folder: Path, content: str, name: str = "scenario.toml") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_a_toml_file_is_read(tmp_path: Path) -> None:
    """Everything a scenario holds can be written in TOML, under the names of the structs."""
    assert load_scenario(written(tmp_path, TOML)) == SCENARIO


def test_a_json_file_is_read(tmp_path: Path) -> None:
    """The same in JSON; what a scenario encodes to is a scenario file."""
    path = tmp_path / "scenario.json"
    path.write_bytes(msgspec.json.encode(SCENARIO))
    assert load_scenario(path) == SCENARIO


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    """A file that says nothing is the default scenario."""
    assert load_scenario(written(tmp_path, "")) == Scenario()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("sed = 1", "scenario: object contains unknown field `sed`; known here: locations, latency, faults,"),
        ("[[locations]]\nmatch = 'mail'", "locations[0].match: invalid enum value 'mail'; use one of 'email', "),
        ("[[locations]]\ncountry = 'UK'", "locations[0]: country 'UK' is unknown; use a two-letter code"),
        ("[[locations]]\n[[locations]]", "scenario: location id 've9EPM428h8vShlRW1KT' is used twice; give each"),
        ("[locations.x]", "locations: expected `array`, got `object`"),
        ("locations = []", "scenario: there is no location; describe at least one"),
        ("[[locations]]\n[locations.limits]\ninterval = 0", "locations[0].limits.interval: expected `float` > 0.0"),
        ("[[locations]]\n[locations.limits]\nwindw = 1", "locations[0].limits: object contains unknown field `windw`;"),
        ("[[locations]]\ncustom_fields = [{ id = 'a' }]", "locations[0].custom_fields[0]: object missing required"),
        (
            "[[locations]]\ncontacts = [{ email = 'x' }]",
            "scenario: location 've9EPM428h8vShlRW1KT': contacts[0]: email",
        ),
        ("[latency]\nkind = 'slow'", "latency.kind: invalid value 'slow'; kind is one of fixed, uniform, lognormal"),
        ("[[faults]]\nkind = 'explode'", "faults[0].kind: invalid value 'explode'; kind is one of status, html_page,"),
        ("[[faults]]\nkind = 'hang'", "faults[0]: the fault is never served; give it a probability, requests or every"),
        ("[[faults]]\nprobability = 1", "faults[0]: object missing required field `kind`; kind is one of status,"),
        (
            "[[faults]]\nkind = 'hang'\nstatus = 500",
            "faults[0]: object contains unknown field `status`; known here: mo",
        ),
        (
            "[[faults]]\nkind = 'hang'\nevery = 1\nlocation_id = 'x'",
            "scenario: a fault is limited to location 'x'; use",
        ),
        (
            "[[faults]]\nkind = 'status'\nmoment = 'now'",
            "faults[0].moment: invalid enum value 'now'; use one of 'after'",
        ),
        ("[[faults]]\nkind = 'hang'\nprobability = 2", "faults[0].probability: expected `float` <= 1.0"),
        ("seed = ", "TOML syntax: Invalid value (at end of document); correct it there"),
    ],
)
def test_a_mistake_is_located(tmp_path: Path, content: str, complaint: str) -> None:
    """An error names the file, the place, what is wrong there and, where a list helps, what would be right."""
    path = written(tmp_path, content)
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert str(error.value).startswith(f"{path}: {complaint}")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("scenario.yaml", "the suffix '.yaml' is unknown; name the file .toml or .json"),
        ("scenario.json", "JSON syntax: "),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    """The suffix decides how a file is read."""
    with pytest.raises(ScenarioError, match=complaint):
        load_scenario(written(tmp_path, "seed = 1", name))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A file that is not there is an error that names it."""
    with pytest.raises(ScenarioError, match=r"none\.toml: the file cannot be read: No such file or directory"):
        load_scenario(tmp_path / "none.toml")


def test_two_locations_cannot_share_a_token() -> None:
    """A location token opens one location; an agency's may be listed under each it may ask for."""
    shared = (Token(value="same"),)
    with pytest.raises(ValueError, match="one token value opens two locations"):
        Scenario(locations=(Location(tokens=shared), Location(id="second", tokens=shared)))
    agency = (Token(value="same", user_type="Company"),)
    assert Scenario(locations=(Location(tokens=agency), Location(id="second", tokens=agency)))
