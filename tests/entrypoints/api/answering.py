"""What holds for every answer there is, good or bad."""

from __future__ import annotations

import httpx2

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
ONCE = (*ALWAYS, "x-request-id", "cache-control", "content-security-policy")
NEVER = ("set-cookie", "server", "x-powered-by", "access-control-allow-origin", "access-control-allow-credentials")


def unfit(answer: httpx2.Response) -> str | None:
    """What an answer of the service, asked by no page of another origin, says wrongly in its headers; None: nothing."""
    headers = answer.headers
    wrong = [f"{name} is {headers.get_list(name)}" for name in ONCE if len(headers.get_list(name)) != 1]
    wrong += [f"{name} is {headers.get(name)}" for name, value in ALWAYS.items() if headers.get(name) != value]
    wrong += [f"{name} stands in it" for name in NEVER if name in headers]
    if "default-src 'none'" not in headers.get("content-security-policy", ""):
        wrong.append("its policy lets something in")
    if answer.content and "content-type" not in headers:
        wrong.append("it doesn't say what it is")
    if answer.status_code >= 400 and headers.get("content-type") != "application/problem+json":
        wrong.append(f"it is no problem, but {headers.get('content-type')}")
    return "; ".join(wrong) or None
