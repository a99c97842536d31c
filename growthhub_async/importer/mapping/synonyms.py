"""What people call the fields of a contact, in English, German, French, Spanish, Portuguese, Italian and Dutch.

The words are those of people and of the programs they use, in any spelling that names.py makes one; no system's export
is listed as such. A word that means different fields in two of the languages is left out.
"""

from __future__ import annotations


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


SYNONYMS = {
    "first_name": "given name, forename, fname, first, christian name"
    ", vorname, rufname, prenom, nombre, nombre de pila, primer nombre"
    ", nome, nome proprio, primeiro nome, voornaam, roepnaam",
    "last_name": "surname, family name, lname, last"
    ", nachname, familienname, zuname, nom, nom de famille, apellido, apellidos, primer apellido"
    ", sobrenome, apelido, ultimo nome, cognome, achternaam, familienaam",
    "name": "full name, display name, vollstandiger name, nom complet, nom et prenom, prenom et nom"
    ", nombre completo, nombre y apellidos, nome completo, nome e cognome, cognome e nome"
    ", naam, volledige naam",
    "email": "mail, email address, mail address, primary email, email adresse, mail adresse"
    ", adresse email, adresse mail, adresse electronique, adresse de messagerie, courriel"
    ", correo, correo electronico, direccion de correo, direccion de correo electronico, direccion de email"
    ", endereco de email, endereco email, correio eletronico"
    ", indirizzo email, indirizzo mail, indirizzo di posta elettronica, indirizzo posta elettronica, posta elettronica"
    ", emailadres, mailadres",
    "phone": "phone number, phone no, telephone, telephone number, tel, tel no, mobile, mobile phone, mobile number"
    ", mobile no, mobile phone number, mobile telephone, cell, cell phone, cellphone, cell number, contact number"
    ", telefon, telefonnummer, telefonnr, rufnummer, handy, handynummer, mobil, mobiltelefon, mobilnummer"
    ", telephone portable, portable, tel mobile, tel portable, numero de telephone, gsm"
    ", telefono, numero de telefono, telefono movil, movil, celular, telefono celular"
    ", telefone, telemovel, numero de telefone, telefone celular"
    ", cellulare, numero di telefono, telefono cellulare, numero di cellulare"
    ", telefoon, telefoonnummer, mobiele telefoon, mobiel, mobiel nummer, mobiele nummer",
    "gender": "sex, geschlecht, sexe, genre, genero, sexo, sesso, geslacht",
    "address1": "address, street, street address, address line 1, address line, street name"
    ", strasse, strasse und hausnummer, strasse hausnummer, anschrift, adresse, rue"
    ", direccion, calle, domicilio, endereco, morada, rua, logradouro, indirizzo"
    ", adres, straat, straatnaam, straat en huisnummer",
    "city": "town, locality, ort, stadt, wohnort, ville, commune, ciudad, localidad, poblacion, municipio"
    ", cidade, localidade, citta, comune, localita, plaats, woonplaats, stad",
    "state": "state region, state province, province, region, county, bundesland, kanton, departement, dep region"
    ", canton, provincia, estado, estado provincia, provincia estado, provincia o estado, distrito, regione, regiao"
    ", provincie, regio",
    "postal_code": "postcode, post code, zip, zip code, zip postal code, postal zip code, plz, postleitzahl"
    ", code postal, cp, codigo postal, cep, cap, codice postale, codice di avviamento postale",
    "country": "country code, country region, country name, nation, land, land region, land regio, pays, pays region"
    ", pais, pais region, pais o region, pais regiao, paese, nazione, paese area geografica",
    "website": "web, url, website url, web page, homepage, home page, web address, webseite, internetseite"
    ", page web, site web, site internet, sitio web, pagina web, pagina da web, sito web, sito internet"
    ", sito, webpagina",
    "timezone": "tz, zeitzone, fuseau horaire, zona horaria, huso horario, fuso horario, fuso orario, tijdzone",
    "source": "lead source, contact source, original source, quelle, herkunft, leadquelle, origine, provenance"
    ", source du prospect, fuente, origen, origen del cliente, fonte, origem, origem do lead, fonte del lead, bron"
    ", leadbron",
    "date_of_birth": "birth date, birthday, dob, born, born on, geburtsdatum, geburtstag, geboren am"
    ", date de naissance, ne le, anniversaire, fecha de nacimiento, nacimiento, cumpleanos"
    ", data de nascimento, nascimento, aniversario, data di nascita, compleanno, geboortedatum, verjaardag",
    "company_name": "company, organization, organisation, organization name, organisation name, org, business"
    ", business name, employer, associated company, account name, firma, firmenname, unternehmen"
    ", societe, entreprise, nom de la societe, nom de entreprise, raison sociale"
    ", empresa, nombre de la empresa, nombre de empresa, compania, organizacion"
    ", nome da empresa, organizacao, companhia, azienda, societa, ditta, nome azienda, nome dell azienda"
    ", ragione sociale, organizzazione, bedrijf, bedrijfsnaam, organisatie, naam bedrijf",
    "tags": "tag, labels, groups, group membership, categories, keywords, schlagworte, schlagworter, kategorien"
    ", gruppen, etiketten, etiquettes, mots cles, libelles, groupes, etiquetas, categorias, grupos, marcadores"
    ", palavras chave, etichette, categorie, gruppi, categorieen, groepen, trefwoorden",
    "dnd": "do not disturb, do not contact",
}
"""The fields and their names, a comma between; the names of the fields themselves are known without."""

QUALIFIERS = _words_of(
    "primary main contact customer client person personal mailing billing address home work business mobile"
    " privat geschaftlich dienstlich"
    " bureau domicile professionnel professionnelle personnel personnelle principal principale"
    " trabajo casa particular oficina de del"
    " comercial residencial pessoal trabalho do da principal"
    " uff ufficio ab abitazione lavoro"
    " prive zakelijk werk thuis op werkadres huisadres"
)
"""Words around a name that say which of several it is: the `mailing city` is a city, `phone (work)` a phone."""

TRAILING = {"mobile": "phone", "address": "email"}
"""Qualifiers that after a name are ones of this field only: the `company address` is no company."""

LESSER = "other"
"""The qualifier of what is looked at last: the `other city` is a city where there is no better one."""

SECONDS = _words_of(
    "second secondary alternate alternative zweite zweites deuxieme secondaire segundo secundario secundaria"
    " alternativo alternativa secondo secondario secondaria tweede alternatief"
)
"""Words that say of a name that it is another one of its field, as a number does."""

NO_FIELDS = frozenset({"department", "anniversary", "ipaddress", "businessfax", "vendorname"})
"""Names that resemble that of a field and are none."""

FOREIGN = _words_of(
    "id ids uuid guid owner created create added modified updated update activity timestamp label type photo phonetic"
    " yomi formatted additional"
)
"""Words of columns that other systems keep for themselves: their ids, owners and dates."""
