"""The headers of common systems' exports are understood as a whole: what is read, and what is not."""

from __future__ import annotations

import pytest

from growthhub_async.importer import FieldMapping
from growthhub_async.importer.mapping.columns import lay_out
from growthhub_async.importer.mapping.custom import CustomFields


def _read(header: str) -> dict[str, str]:
    layout = lay_out(header.split("|"), FieldMapping(), CustomFields(None))
    return {column.field: column.name for column in layout.columns if column.field}


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (
            "Salutation|First Name|Last Name|Title|Account Name|Other Street|Other City|Mailing Street|Mailing City"
            "|Mailing State/Province|Mailing Zip/Postal Code|Mailing Country|Phone|Mobile|Email|Account Owner"
            "|Lead Source|Birthdate|Email Opt Out|Contact ID|Last Modified Date",
            "first_name=First Name|last_name=Last Name|company_name=Account Name|address1=Mailing Street"
            "|city=Mailing City|state=Mailing State/Province|postal_code=Mailing Zip/Postal Code"
            "|country=Mailing Country|phone=Phone|email=Email|source=Lead Source|date_of_birth=Birthdate",
        ),
        (
            "Id|OwnerId|AccountId|LastName|FirstName|Name|OtherCity|MailingStreet|MailingCity|MailingState"
            "|MailingPostalCode|MailingCountry|MobilePhone|HomePhone|AssistantPhone|Email|Department|CreatedDate",
            "last_name=LastName|first_name=FirstName|name=Name|address1=MailingStreet|city=MailingCity"
            "|state=MailingState|postal_code=MailingPostalCode|country=MailingCountry|phone=MobilePhone|email=Email",
        ),
        (
            "Person - ID|Person - Name|Person - Email - Other|Person - Email - Work|Person - Phone - Work"
            "|Person - Labels|Person - Organization|Organization - Address|Person - Owner|Person - Open deals",
            "name=Person - Name|email=Person - Email - Work|phone=Person - Phone - Work|tags=Person - Labels"
            "|company_name=Person - Organization",
        ),
        (
            "Record Id|Contact Owner|First Name|Last Name|Account Name|Vendor Name|Secondary Email|Email|Home Phone"
            "|Mobile|Date of Birth|Created By|Mailing Zip|Skype ID|Tag|Last Activity Time",
            "first_name=First Name|last_name=Last Name|company_name=Account Name|email=Email|phone=Mobile"
            "|date_of_birth=Date of Birth|postal_code=Mailing Zip|tags=Tag",
        ),
        (
            "Email Address|First Name|Last Name|Address|Phone Number|MEMBER_RATING|OPTIN_TIME|CONFIRM_IP|TIMEZONE"
            "|REGION|LAST_CHANGED|LEID|EUID|NOTES|TAGS",
            "email=Email Address|first_name=First Name|last_name=Last Name|address1=Address|phone=Phone Number"
            "|timezone=TIMEZONE|state=REGION|tags=TAGS",
        ),
        (
            "Title|First Name|Middle Name|Last Name|Company|Department|Business Street|Business Street 2|Business City"
            "|Business State|Business Postal Code|Business Country/Region|Home City|Business Fax|Company Main Phone"
            "|Business Phone 2|Mobile Phone|Anniversary|Categories|E-mail Address|E-mail Type|E-mail 2 Address"
            "|Web Page",
            "first_name=First Name|last_name=Last Name|company_name=Company|address1=Business Street"
            "|city=Business City|state=Business State|postal_code=Business Postal Code"
            "|country=Business Country/Region|phone=Mobile Phone|tags=Categories|email=E-mail Address|website=Web Page",
        ),
        (
            "Name|Given Name|Additional Name|Family Name|Yomi Name|Name Prefix|Group Membership|E-mail 1 - Type"
            "|E-mail 1 - Value|E-mail 2 - Value|Phone 1 - Value|Address 1 - Formatted|Address 1 - Street"
            "|Address 1 - Postal Code|Organization 1 - Name|Organization 1 - Title|Website 1 - Value",
            "name=Name|first_name=Given Name|last_name=Family Name|tags=Group Membership|email=E-mail 1 - Value"
            "|phone=Phone 1 - Value|address1=Address 1 - Street|postal_code=Address 1 - Postal Code"
            "|company_name=Organization 1 - Name|website=Website 1 - Value",
        ),
        (
            "Contact ID|Email|First Name|Last Name|Phone|Tags|Date Created|IP Address|Organization|Job Title",
            "email=Email|first_name=First Name|last_name=Last Name|phone=Phone|tags=Tags|company_name=Organization",
        ),
        (
            "Vorname|Weitere Vornamen|Nachname|Firma|Straße geschäftlich|Straße geschäftlich 2|Ort geschäftlich"
            "|Land/Region geschäftlich|Telefon privat|E-Mail-Adresse|E-Mail 2: Adresse|Geburtstag|Kategorien|Webseite",
            "first_name=Vorname|last_name=Nachname|company_name=Firma|address1=Straße geschäftlich"
            "|city=Ort geschäftlich|country=Land/Region geschäftlich|phone=Telefon privat|email=E-Mail-Adresse"
            "|date_of_birth=Geburtstag|tags=Kategorien|website=Webseite",
        ),
    ],
)
def test_a_header_is_understood(header: str, read: str) -> None:
    """By the words alone; the names are those of Salesforce, Pipedrive, Zoho, Mailchimp, Outlook, Google and others."""
    assert _read(header) == dict(pair.split("=") for pair in read.split("|"))
