"""Which transport carries a client's requests."""

from __future__ import annotations

import logging

from .settings import Settings
from .transport import Transport

logger = logging.getLogger("growthhub_async")


def make_transport(settings: Settings) -> Transport:
    """Make the lean transport, or the plain one where it will not do: with a proxy, or an aiohttp it does not know."""
    from .transport_lean import IS_PROVED, LeanTransport, version  # aiohttp is slow to import: only a client needs it

    if IS_PROVED and settings.proxy is None:
        return LeanTransport(settings)
    from .transport_aiohttp import AiohttpTransport

    why = "there is a proxy" if settings.proxy else f"aiohttp {version} is not known to the lean transport"
    logger.info("%s: requests go through aiohttp's session, and cost more", why)
    return AiohttpTransport(settings)
