"""Asking a hub over HTTP: one request at a time, through the client that huggingface_hub keeps for its users.

That client brings the user's proxies, certificates and sign-in. The hub's own downloader is left aside: it starts over what a process
before it had begun, knows nothing of pages that a proxy slips in, prints its troubles, and may hand the work to hf-xet, which no plain
mirror of the hub understands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from voicebridge import paths
from voicebridge.errors import DownloadError

_CHUNK = 1 << 16
_PAGE_STARTS = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True)
class Answer:
    """A hub's good answer, its body still to come."""

    status: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    chunks: Iterator[bytes]


def endpoint() -> str:
    """The hub's address."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def closed() -> str:
    """Why the hub must not be asked, as a phrase; empty when it may be."""
    if paths.is_offline():
        return "the network is off: --offline or VOICEBRIDGE_OFFLINE"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return "the network is off: HF_HUB_OFFLINE"
    return ""


@contextmanager
def ask(url: str, what: str, start: int = 0) -> Iterator[Answer]:
    """Ask for ``url`` from byte ``start`` on; ``what`` names it in errors.

    Raises:
        DownloadError: when the answer is a refusal or a web page, or the network is off. What the HTTP client raises for a connection
            that can't be made or breaks passes through.
    """
    if reason := closed():
        raise DownloadError(f"{what} can't be fetched: {reason}.")
    with _send(url, _headers(start)) as answer:
        if refusal := _refusal(answer.status):
            raise DownloadError(f"{what} can't be fetched from {endpoint()}: {refusal}")
        first = next(answer.chunks, b"")
        if "text/html" in answer.headers.get("content-type", "") or first.lstrip().lower().startswith(_PAGE_STARTS):
            raise DownloadError(
                f"{endpoint()} answered with a web page instead of {what}: probably a proxy or a login page stands in between. Sign in to "
                "the network, set HTTPS_PROXY, or point HF_ENDPOINT to a mirror that you can reach."
            )
        yield Answer(answer.status, answer.headers, _put_back(first, answer.chunks))


@contextmanager
def _send(url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
    from huggingface_hub import constants, get_session

    session: Any = get_session()
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT  # seconds of silence
    if callable(getattr(session, "stream", None)):  # huggingface_hub from 1.0 on has an httpx client
        with session.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
            yield Answer(response.status_code, response.headers, response.iter_bytes())
    else:  # before, a session of requests
        with session.get(url, headers=headers, timeout=timeout, stream=True) as response:
            yield Answer(response.status_code, response.headers, response.iter_content(_CHUNK))


def _headers(start: int) -> dict[str, str]:
    from huggingface_hub import constants, get_token

    headers = {"user-agent": "voicebridge", "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    if not constants.HF_HUB_DISABLE_IMPLICIT_TOKEN and (token := get_token()):
        headers["authorization"] = f"Bearer {token}"
    return headers


def _refusal(status: int) -> str:
    if status < 400 or status == 416:  # a range that can't be had is the business of who asked for one
        return ""
    if status in (401, 403):
        return f"it is private, needs a licence accepted on its page, or doesn't exist ({status}). Check the name, or: hf auth login"
    if status == 404:
        return "it isn't there (404). Check the name."
    if status == 407:
        return "the proxy wants a name and password (407). Put them into HTTPS_PROXY."
    if status == 429:
        return "too many requests (429). Try again later, or: hf auth login"
    return f"the server answered with error {status}. Try again later."


def _put_back(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
