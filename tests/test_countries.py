"""The countries the API takes: every code of the contract's list, and the English names that stand for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.countries import country_code

NAMES = """
AD Andorra; AE United Arab Emirates; AF Afghanistan; AG Antigua and Barbuda; AI Anguilla; AL Albania; AM Armenia;
AN Netherlands Antilles; AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; AU Australia;
AW Aruba; AX Åland Islands; AZ Azerbaijan; BA Bosnia and Herzegovina; BB Barbados; BD Bangladesh; BE Belgium;
BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin; BM Bermuda; BN Brunei; BO Bolivia; BR Brazil;
BS Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus; BZ Belize; CA Canada; CC Cocos (Keeling) Islands;
CD Democratic Republic of the Congo; CF Central African Republic; CG Republic of the Congo; CH Switzerland;
CI Ivory Coast; CK Cook Islands; CL Chile; CM Cameroon; CN China; CO Colombia; CR Costa Rica; CU Cuba; CV Cape Verde;
CX Christmas Island; CY Cyprus; CZ Czech Republic; DE Germany; DJ Djibouti; DK Denmark; DM Dominica;
DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara; ER Eritrea; ES Spain;
ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands; FM Micronesia; FO Faroe Islands; FR France; GA Gabon;
GB United Kingdom; GD Grenada; GE Georgia; GF French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland;
GM Gambia; GN Guinea; GP Guadeloupe; GQ Equatorial Guinea; GR Greece; GS South Georgia and the South Sandwich Islands;
GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana; HK Hong Kong; HM Heard Island and McDonald Islands; HN Honduras;
HR Croatia; HT Haiti; HU Hungary; ID Indonesia; IE Ireland; IL Israel; IM Isle of Man; IN India;
IO British Indian Ocean Territory; IQ Iraq; IR Iran; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan;
KE Kenya; KG Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros; KN Saint Kitts and Nevis; KP North Korea;
KR South Korea; KW Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos; LB Lebanon; LC Saint Lucia; LI Liechtenstein;
LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia; LY Libya; MA Morocco; MC Monaco;
MD Moldova; ME Montenegro; MF Saint Martin; MG Madagascar; MH Marshall Islands; MK North Macedonia; ML Mali;
MM Myanmar; MN Mongolia; MO Macau; MP Northern Mariana Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta;
MU Mauritius; MV Maldives; MW Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia; NE Niger;
NF Norfolk Island; NG Nigeria; NI Nicaragua; NL Netherlands; NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand;
OM Oman; PA Panama; PE Peru; PF French Polynesia; PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland;
PM Saint Pierre and Miquelon; PN Pitcairn Islands; PR Puerto Rico; PS Palestine; PT Portugal; PW Palau; PY Paraguay;
QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia; RW Rwanda; SA Saudi Arabia; SB Solomon Islands; SC Seychelles;
SD Sudan; SE Sweden; SG Singapore; SH Saint Helena; SI Slovenia; SJ Svalbard and Jan Mayen; SK Slovakia;
SL Sierra Leone; SM San Marino; SN Senegal; SO Somalia; SR Suriname; ST Sao Tome and Principe; SV El Salvador;
SX Sint Maarten; SY Syria; SZ Eswatini; TC Turks and Caicos Islands; TD Chad; TF French Southern Territories; TG Togo;
TH Thailand; TJ Tajikistan; TK Tokelau; TL East Timor; TM Turkmenistan; TN Tunisia; TO Tonga; TR Turkey;
TT Trinidad and Tobago; TV Tuvalu; TW Taiwan; TZ Tanzania; UA Ukraine; UG Uganda;
UM United States Minor Outlying Islands; US United States; UY Uruguay; UZ Uzbekistan; VA Vatican City;
VC Saint Vincent and the Grenadines; VE Venezuela; VG British Virgin Islands; VI US Virgin Islands; VN Vietnam;
VU Vanuatu; WF Wallis and Futuna; WS Samoa; XK Kosovo; YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia; ZW Zimbabwe
"""
COUNTRIES = dict(entry.strip().split(" ", 1) for entry in NAMES.split(";"))

SPELLINGS = {
    "USA": "US",
    "U.S.A.": "US",
    "United States of America": "US",
    "UK": "GB",
    "Great Britain": "GB",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "Korea, Republic of": "KR",
    "DR Congo": "CD",
    "Czechia": "CZ",
    "Türkiye": "TR",
    "Turkiye": "TR",
    "Cote d'Ivoire": "CI",
    "CÔTE D'IVOIRE": "CI",
    "the netherlands": "NL",
    "U.S.": "US",
    "Sao Tome": "ST",
    "St. Vincent": "VC",
    "The Gambia": "GM",
    "St. Lucia": "LC",
    "St Kitts & Nevis": "KN",
    "Trinidad & Tobago": "TT",
    "Guinea Bissau": "GW",
    "  Viet   Nam ": "VN",
    "Reunion": "RE",
    "Swaziland": "SZ",
    "Burma": "MM",
    "Holy See": "VA",
}


def test_the_list_of_the_contract_has_247_codes() -> None:
    """No country of the contract is missing from this test."""
    assert len(COUNTRIES) == 247


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_code_is_taken(code: str) -> None:
    """A code of the contract stands for itself, in capitals however it was written."""
    assert country_code(code) == country_code(code.lower()) == country_code(code.title()) == code


@pytest.mark.parametrize(("code", "name"), COUNTRIES.items())
def test_every_english_name_is_mapped(code: str, name: str) -> None:
    """The everyday English name of each country becomes its code, in any case."""
    assert country_code(name) == country_code(name.upper()) == country_code(name.lower()) == code


@pytest.mark.parametrize(("name", "code"), SPELLINGS.items())
def test_a_name_may_be_spelled_in_its_ways(name: str, code: str) -> None:
    """Official and former names, accents, punctuation, "the", "&" and "St" are understood."""
    assert country_code(name) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "the",
        "saint",
        "XX",
        "SS",
        "CW",
        "BQ",
        "EU",
        "USAA",
        "Atlantis",
        "Deutschland",
        "South Sudan",
        "840",
        "日本",
    ],
)
def test_what_the_api_does_not_take_is_not_guessed(text: str) -> None:
    """A code outside the list, another language's name, a number or half a name stands for no country."""
    assert country_code(text) is None


@given(
    st.one_of(st.text(), st.sampled_from(sorted(COUNTRIES.values())).flatmap(lambda name: st.text().map(name.__add__)))
)
def test_the_answer_is_a_code_of_the_contract_or_none(text: str) -> None:
    """No text at all raises, or becomes a code the API does not take."""
    assert country_code(text) in {None, *COUNTRIES}
