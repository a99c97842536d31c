"""Which transport carries a client's requests."""

from __future__ import annotations

import logging

from .settings import Settings
from .transport import Transport

logger = logging.getLogger("growthhub_async")


def make_transport(settings: Settings) -> Transport:
    """Make the lean transport, or the plain one where that is not known to do: with another aiohttp."""
    from .transport_lean import IS_PROVED, LeanTransport, version  # aiohttp is slow to import: only a client needs it

    if IS_PROVED:
        return LeanTransport(settings)
    from .transport_aiohttp import AiohttpTransport

    logger.info(
        "aiohttp %s is not known to the lean transport: requests go through its session, and cost more", version
    )
    return AiohttpTransport(settings)
