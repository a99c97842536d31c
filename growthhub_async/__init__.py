"""Bulk-upsert contacts into GrowthHub, asyncio-native.

The tree, from what travels to what surrounds it; imports point up this list and never down:

    private, secret, errors, settings, version, proxies   what everything else rests on
    own_file, file_lock                                   files that are closed to others, and locks
    grant, token_store, token_store_file,                 what a token is got by, and where that is kept
    token_store_keyring
    clock, server_clock                                   the time, and how far the server's clock is from ours
    contact, custom_fields, reply, outcome                what travels: sent, answered, told
    tally                                                 outcomes, counted
    countries, field_rules, nested_rules, checks          is a record right, and how is it sent
    verdicts, answers, retry, identity                    decisions: pure, the clock and the chance passed in
    history                                               what was done about a record, written down
    breaker, drift                                        when no more is sent; what the server did not take
    quota_facts, rate_headers, window, margin             decisions about a location's burst quota, as pure:
    server_models, others, burst                          what may be counted, by whom, and when the next may go
    day, estimate, statistics                             its day, what fits into it, how things stand
    line, quota                                           who waits for a location's quota, and goes next
    transport, transports                                 edges: the network, as the engine knows it,
    transport_lean, wire_aiohttp, plain_reply             requests on leased connections, plain replies read at a glance
    transport_aiohttp                                     or over a session of aiohttp's, the reference
    connector_aiohttp, tls, failures_aiohttp              aiohttp's connections, TLS, its errors in words of ours
    sources, auth                                         a source, a token
    grant_store, oauth_endpoint, oauth                    tokens by OAuth: kept, asked for, renewed by one of all
    call, flight, first_attempts, attempts                the engine: a call, its attempts, what becomes of them,
    upserts, bulk, keywords, client                       a record, a stream, the face of it all
    importer                                              files in, a job kept, files out (unknown to the client)
    sandbox                                               a local GrowthHub to test against (knows nothing of the rest)
    cli                                                   the command `growthhub`; the only place that prints
"""

from .bulk import UpsertStream
from .client import GrowthHubClient
from .contact import Contact, DndChannel, DndSettings, InboundDnd, InboundDndSettings
from .custom_fields import (
    CheckboxField,
    CustomField,
    FileField,
    FileMeta,
    LargeTextField,
    MonetaryField,
    MultiSelectField,
    NumericField,
    RadioField,
    SingleSelectField,
    TextField,
    UploadedFile,
)
from .errors import (
    ClientClosedError,
    ConfigurationError,
    GrowthHubError,
    NotConnectedError,
    RejectedError,
    RequestError,
    TokenRefusedError,
    UnavailableError,
)
from .estimate import Estimate
from .grant import AccessToken, Connection
from .outcome import Attempt, Dropped, ErrorReason, Outcome, OutcomeError, Problem, Record, Status, Summary
from .reply import (
    AttributionSource,
    CustomFieldDefinition,
    StoredContact,
    StoredCustomField,
    StoredDndChannel,
    StoredDndSettings,
)
from .secret import Secret
from .settings import RepeatPolicy, Settings, TokenSource
from .statistics import LocationStatistics
from .token_store import MemoryTokenStore, TokenStore
from .token_store_file import FileTokenStore
from .token_store_keyring import KeyringTokenStore
from .version import __version__

__all__ = [
    "AccessToken",
    "Attempt",
    "AttributionSource",
    "CheckboxField",
    "ClientClosedError",
    "ConfigurationError",
    "Connection",
    "Contact",
    "CustomField",
    "CustomFieldDefinition",
    "DndChannel",
    "DndSettings",
    "Dropped",
    "ErrorReason",
    "Estimate",
    "FileField",
    "FileMeta",
    "FileTokenStore",
    "GrowthHubClient",
    "GrowthHubError",
    "InboundDnd",
    "InboundDndSettings",
    "KeyringTokenStore",
    "LargeTextField",
    "LocationStatistics",
    "MemoryTokenStore",
    "MonetaryField",
    "MultiSelectField",
    "NotConnectedError",
    "NumericField",
    "Outcome",
    "OutcomeError",
    "Problem",
    "RadioField",
    "Record",
    "RejectedError",
    "RepeatPolicy",
    "RequestError",
    "Secret",
    "Settings",
    "SingleSelectField",
    "Status",
    "StoredContact",
    "StoredCustomField",
    "StoredDndChannel",
    "StoredDndSettings",
    "Summary",
    "TextField",
    "TokenRefusedError",
    "TokenSource",
    "TokenStore",
    "UnavailableError",
    "UploadedFile",
    "UpsertStream",
    "__version__",
]
