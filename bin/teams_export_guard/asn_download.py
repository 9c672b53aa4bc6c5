"""Fetches one file over https: certificate verified, within a time and a size, with or without a password.

Redirects: GeoLite2's server answers with one to a storage address, so up to ``MOST_REDIRECTS`` are followed, to https
addresses only, and the password goes to the address that the admin named and to no other. Proxy and CA file come from the
options, never from the environment. What is served as compressed is not expanded here. Says what went wrong in words of
its own, because the texts of ``requests`` repeat the address, whose path or query may be a secret.
"""
from __future__ import annotations

import os
import queue
import threading
import time
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Union
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from .asn_request import Request
from .courier import USER_AGENT, outcome_of_error
from .errors import DownloadFailed
from .webhook_settings import address_faults

DOWNLOAD_BYTES = 64 * 1000 * 1000  # ours; the largest public file has about 10 MB
CONNECT_SECONDS, READ_SECONDS = 10, 30
BLOCK_BYTES = 1 << 16
MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_HINTS = {
    401: "the account or the licence key is wrong", 403: "the account may not have it",
    404: "there is no such file", 429: "too many downloads; try again tomorrow",
}


class Download(NamedTuple):
    """What came, and the day of its Last-Modified header or ''."""

    content: bytes
    date: str


def download(request: Request, secret: str, most: int = DOWNLOAD_BYTES) -> Download:
    """Fetch ``request.url``; DownloadFailed if it does not come whole within ``request.timeout`` seconds.

    It runs beside the caller, because a server that drips bytes meets no time-out of ``requests``; what is left behind
    ends with the process.
    """
    answers: "queue.Queue[Union[Download, DownloadFailed]]" = queue.Queue()
    deadline = time.monotonic() + request.timeout
    threading.Thread(target=lambda: answers.put(_outcome(request, secret, most, deadline)), daemon=True).start()
    try:
        answer = answers.get(timeout=request.timeout)
    except queue.Empty:
        answer = DownloadFailed("The download did not end within %d s; the table in effect stays." % request.timeout)
    if isinstance(answer, DownloadFailed):
        raise answer
    return answer


def _outcome(request: Request, secret: str, most: int, deadline: float) -> Union[Download, DownloadFailed]:
    try:
        return _fetch(request, secret, most, deadline)
    except DownloadFailed as fault:
        return fault
    except Exception as error:  # whatever it is: the thread that waits must be told
        return _failed(outcome_of_error(error).fault)


def _failed(why: str) -> DownloadFailed:
    return DownloadFailed("The download failed: %s; the table in effect stays." % why)


def _fetch(request: Request, secret: str, most: int, deadline: float) -> Download:
    with requests.Session() as session:
        session.trust_env = False  # no proxy, CA or password from the environment or a .netrc
        session.verify = os.path.expandvars(request.ca_file) or True
        session.proxies = {"https": request.proxy} if request.proxy else {}
        address, auth = request.url, (request.account, secret) if request.account else None
        for _ in range(MOST_REDIRECTS + 1):
            response = session.get(
                address, auth=auth, allow_redirects=False, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"},
            )
            with response:
                if response.status_code in _REDIRECTS:
                    address, auth = _next(address, _header(response, "Location")), None
                    continue
                if response.status_code != 200:
                    hint = _HINTS.get(response.status_code)
                    raise _failed("the server answered %d%s" % (response.status_code, ", " + hint if hint else ""))
                return Download(_body(response, most, deadline), _day(_header(response, "Last-Modified")))
    raise _failed("the server redirected more than %d times" % MOST_REDIRECTS)


def _header(response: requests.Response, name: str) -> str:
    said = response.headers
    return said[name] if name in said else ""


def _next(address: str, location: str) -> str:
    """Where a redirect leads, if it may be followed."""
    try:
        target = urljoin(address, location)
        if not location or address_faults("url", target.partition("#")[0], ("https",)):
            raise ValueError
    except ValueError:
        raise _failed("the server redirected to an address that is not https, or none at all") from None
    return target.partition("#")[0]


def _body(response: requests.Response, most: int, deadline: float) -> bytes:
    """The body as it was sent; the bytes that came are counted, whatever the header says."""
    body = bytearray()
    try:
        for block in response.raw.stream(BLOCK_BYTES, decode_content=False):
            body += block
            if len(body) > most:
                raise _failed("it has more than %d MB, which is allowed" % (most // 1000000))
            if time.monotonic() > deadline:
                raise _failed("it did not end in time")
    except ReadTimeoutError as fault:
        raise _failed("no more came within %d s" % READ_SECONDS) from fault
    except HTTPError as fault:
        raise _failed("the answer broke off after %d bytes" % len(body)) from fault
    if not body:
        raise _failed("the server sent nothing")
    return bytes(body)


def _day(text: str) -> str:
    """The day of an HTTP date as YYYY-MM-DD; '' if it is none."""
    try:
        return parsedate_to_datetime(text).strftime("%Y-%m-%d") if text else ""
    except (TypeError, ValueError, IndexError):
        return ""


def host_of(address: str) -> str:
    """The host of an address, as the product names a source."""
    return urlsplit(address).hostname or ""
