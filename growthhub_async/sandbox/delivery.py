"""How a reply gets onto the wire, and how a fault spoils it there."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from growthhub_async.sandbox.faults import AnyFault, HugeBody, MalformedJson, SlowDrip, TruncatedBody, WrongContentType
from growthhub_async.sandbox.replies import Reply

_PIECE = 64 * 1024


async def deliver(
    request: web.BaseRequest, reply: Reply, headers: Mapping[str, str], fault: AnyFault | None
) -> web.StreamResponse:
    """Send a reply with the headers every response has, spoilt by the fault if it is one that spoils."""
    match fault:
        case TruncatedBody():
            return await _truncated(request, reply, headers, fault)
        case SlowDrip():
            return await _dripping(request, reply, headers, fault)
        case HugeBody():
            return await _huge(request, reply, headers, fault)
        case MalformedJson():
            return _response(reply, headers, body=reply.body[: len(reply.body) // 2])
        case WrongContentType():
            return _response(reply, headers, content_type=fault.content_type)
        case _:
            return _response(reply, headers)


def disconnect(request: web.BaseRequest) -> web.StreamResponse:
    """Drop the connection; the response returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _response(
    reply: Reply, headers: Mapping[str, str], *, body: bytes | None = None, content_type: str | None = None
) -> web.Response:
    return web.Response(
        status=reply.status,
        body=reply.body if body is None else body,
        headers={**headers, **reply.headers, "Content-Type": content_type or reply.content_type},
    )


async def _truncated(
    request: web.BaseRequest, reply: Reply, headers: Mapping[str, str], fault: TruncatedBody
) -> web.StreamResponse:
    response = await _begin(request, reply, headers, len(reply.body))
    await response.write(reply.body[: int(len(reply.body) * fault.share)])
    if request.transport is not None:
        request.transport.close()
    return response


async def _dripping(
    request: web.BaseRequest, reply: Reply, headers: Mapping[str, str], fault: SlowDrip
) -> web.StreamResponse:
    response = await _begin(request, reply, headers, len(reply.body))
    for start in range(0, len(reply.body), fault.piece):
        await asyncio.sleep(fault.pause)
        await response.write(reply.body[start : start + fault.piece])
    return response


async def _huge(
    request: web.BaseRequest, reply: Reply, headers: Mapping[str, str], fault: HugeBody
) -> web.StreamResponse:
    padding = max(0, fault.size - len(reply.body))
    response = await _begin(request, reply, headers, len(reply.body) + padding)
    await response.write(reply.body)
    for start in range(0, padding, _PIECE):
        await response.write(b" " * min(_PIECE, padding - start))
    return response


async def _begin(request: web.BaseRequest, reply: Reply, headers: Mapping[str, str], length: int) -> web.StreamResponse:
    response = web.StreamResponse(
        status=reply.status, headers={**headers, **reply.headers, "Content-Type": reply.content_type}
    )
    response.content_length = length
    await response.prepare(request)
    return response
