"""What is answered before the API is reached: Cloudflare's refusal of a User-Agent, and the quota's 429."""

from email.utils import formatdate
from math import ceil

from msgspec.structs import replace

from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.quota import Decision
from growthhub_async.sandbox.replies import Refusal, Reply, cloudflare_page, error_reply, html_page

_REFUSED_USER_AGENT = "python-urllib/"
_WORDS = "Too Many Requests"


def user_agent_refusal(user_agent: str) -> Reply | None:
    """Return the page for a User-Agent that is empty or the default of Python's urllib, else None."""
    if user_agent and not user_agent.lower().startswith(_REFUSED_USER_AGENT):
        return None
    return cloudflare_page(1010)


def quota_refusal(limits: Limits, decision: Decision, now: float, trace_id: str) -> Reply:
    """Return the 429 of a quota, in the form its limits say."""
    return replace(_refusal(limits, trace_id), headers=_retry_after(limits, decision, now))


def _refusal(limits: Limits, trace_id: str) -> Reply:
    match limits.refusal:
        case "json":
            return error_reply(Refusal(429, _WORDS), trace_id)
        case "html":
            return html_page(429, f"429: {_WORDS}")
        case "empty":
            return Reply(429)


def _retry_after(limits: Limits, decision: Decision, now: float) -> dict[str, str]:
    match limits.retry_after:
        case "none":
            return {}
        case "seconds":
            return {"Retry-After": str(ceil(decision.wait))}
        case "date":
            # Beside it the date by the same clock, which need not be this machine's.
            until = formatdate(ceil(now + decision.wait), usegmt=True)
            return {"Retry-After": until, "Date": formatdate(now, usegmt=True)}
