"""HTTP requests to a hub or another server, one at a time, with huggingface_hub's HTTP client.

That client uses the user's proxies, certificates and token. The hub's own downloader is not used: it restarts downloads of earlier
processes, doesn't detect web pages inserted by a proxy, prints its errors, and may use hf-xet, which plain mirrors don't support.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from voicebridge import paths
from voicebridge.errors import DownloadError

_CHUNK = 1 << 16
_PAGE_STARTS = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response, before its body is read."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive headers."""
    chunks: Iterator[bytes]


def endpoint() -> str:
    """The hub's URL."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def server(url: str) -> str:
    """The server of a URL, for messages; the hub's URL as configured."""
    return endpoint() if url.startswith(f"{endpoint()}/") else "{0.scheme}://{0.netloc}".format(urlsplit(url))


def closed() -> str:
    """Why the hub must not be used, as a phrase; empty if it may be."""
    if paths.is_offline():
        return "VoiceBridge is offline: --offline or VOICEBRIDGE_OFFLINE"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return "VoiceBridge is offline: HF_HUB_OFFLINE"
    return ""


@contextmanager
def ask(url: str, what: str, start: int = 0) -> Iterator[Answer]:
    """Request ``url`` from byte ``start`` on; ``what`` is its name in errors.

    Raises:
        DownloadError: if the response is an error or a web page, or the network is off. Connection errors of the HTTP client are passed
            through.
    """
    if reason := closed():
        raise DownloadError(f"{what} can't be downloaded: {reason}.")
    of_hub = url.startswith(f"{endpoint()}/")
    with _send(url, _headers(start, with_token=of_hub)) as answer:
        if refusal := _refusal(answer.status):
            raise DownloadError(f"{what} can't be downloaded from {server(url)}: {refusal}")
        first = next(answer.chunks, b"")
        if "text/html" in answer.headers.get("content-type", "") or first.lstrip().lower().startswith(_PAGE_STARTS):
            mirror = ", set HTTPS_PROXY, or set HF_ENDPOINT to a mirror that you can reach" if of_hub else ", or set HTTPS_PROXY"
            raise DownloadError(
                f"{server(url)} answered with a web page instead of {what}: probably a proxy or a login page. Sign in to "
                f"the network{mirror}."
            )
        yield Answer(answer.status, answer.headers, _put_back(first, answer.chunks))


@contextmanager
def _send(url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
    from huggingface_hub import constants, get_session

    session: Any = get_session()
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT  # read time-out in seconds
    if callable(getattr(session, "stream", None)):  # huggingface_hub from 1.0 on has an httpx client
        with session.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
            yield Answer(response.status_code, response.headers, response.iter_bytes())
    else:  # earlier versions have a requests session
        with session.get(url, headers=headers, timeout=timeout, stream=True) as response:
            yield Answer(response.status_code, response.headers, response.iter_content(_CHUNK))


def _headers(start: int, *, with_token: bool) -> dict[str, str]:
    from huggingface_hub import constants, get_token

    headers = {"user-agent": "voicebridge", "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    if with_token and not constants.HF_HUB_DISABLE_IMPLICIT_TOKEN and (token := get_token()):
        headers["authorization"] = f"Bearer {token}"
    return headers


def _refusal(status: int) -> str:
    if status < 400 or status == 416:  # an unsatisfiable range is handled by the caller
        return ""
    if status in (401, 403):
        return f"it is private, needs a licence accepted on its page, or doesn't exist ({status}). Check the name, or: hf auth login"
    if status == 404:
        return "it doesn't exist (404). Check the name."
    if status == 407:
        return "the proxy needs a user name and password (407). Put them into HTTPS_PROXY."
    if status == 429:
        return "too many requests (429). Try again later, or: hf auth login"
    return f"the server answered with error {status}. Try again later."


def _put_back(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
