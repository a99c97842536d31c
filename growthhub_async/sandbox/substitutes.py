"""What a fault answers in place of the API."""

from msgspec.structs import replace

from growthhub_async.sandbox.faults import CommandTimedOut, HtmlPage, Redirect, SearchFailed, Status
from growthhub_async.sandbox.replies import (
    TEXT,
    Refusal,
    Reply,
    cloudflare_page,
    error_reply,
    html_page,
    json_reply,
    reason,
)

Answering = Status | HtmlPage | CommandTimedOut | SearchFailed | Redirect


def substitute(fault: Answering, trace_id: str) -> Reply:
    """Return the reply a fault gives instead of the right one."""
    match fault:
        case Status():
            return replace(_status(fault, trace_id), headers=fault.headers)
        case HtmlPage():
            return cloudflare_page(fault.code)
        case CommandTimedOut():
            return error_reply(Refusal(401, "Command timed out"), trace_id)
        case SearchFailed():
            return error_reply(Refusal(400, "Error occurred while searching for contact"), trace_id)
        case Redirect():
            return Reply(fault.status, headers={"Location": fault.target})


def _status(fault: Status, trace_id: str) -> Reply:
    words = fault.message or reason(fault.status)
    match fault.body:
        case "json":
            return error_reply(Refusal(fault.status, words), trace_id)
        case "envelope":
            return json_reply(fault.status, {"error": {"code": fault.status, "message": words}, "traceId": trace_id})
        case "oauth":
            error = {"error": reason(fault.status), "error_description": words, "traceId": trace_id}
            return json_reply(fault.status, error)
        case "html":
            return html_page(fault.status, f"{fault.status}: {words}")
        case "text":
            return Reply(fault.status, words.encode(), TEXT)
        case "empty":
            return Reply(fault.status)
