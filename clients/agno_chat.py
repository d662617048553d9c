"""Resumable chat streams of AgnoAspire, for Python 3.9 or newer on ``requests`` alone.

A :class:`ChatStream` reads one stream log to its terminal chunk over as many connections as that takes: every chunk
arrives exactly once and in order.

    with stream_chat("http://localhost:8000/api/v1/chat", {"model": "demo", "messages": [...]}) as stream:
        for chunk in stream:
            print(chunk["content"], end="", flush=True)
"""

from __future__ import annotations

import codecs
import email.utils
import json
import random
import re
import socket
import threading
import time
import uuid
from typing import Any, Dict, Iterator, Mapping, Optional, Union
from urllib.parse import quote, urljoin, urlsplit

import requests

__all__ = ["ChatStream", "ChatStreamError", "EventStreamParser", "resume_chat", "stream_chat"]

_HEALING_STATUS = frozenset((408, 425, 429, 500, 502, 503, 504))
_BODY_HEADERS = frozenset(("content-type", "content-length", "content-encoding", "idempotency-key"))
_CANCEL_ATTEMPTS = 3


class ChatStreamError(Exception):
    """Why a stream could not be started or finished.

    ``code`` is that of the API's problem details, or one of this module's: ``connection_failed``, ``connection_lost``,
    ``chunk_missing``, ``event_too_long``, ``not_a_stream``, ``http_<status>``. ``status`` is 0 when there was no answer.
    """

    def __init__(
        self,
        message: str,
        code: str,
        *,
        status: int = 0,
        request_id: Optional[str] = None,
        retry_after: Optional[float] = None,
        problem: Any = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.problem = problem
        self.retryable = retryable


class EventStreamParser:
    """Reads the text/event-stream format as the HTML standard defines it, however the bytes are cut."""

    def __init__(self, max_event_length: int = 1_048_576) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._max_event_length = max_event_length
        self._at_start = True
        self._after_carriage_return = False
        self._line = ""
        self._data: list[str] = []
        self._length = 0
        self._type = ""
        self._id: Optional[str] = None

    def push(self, data: bytes) -> Iterator[Dict[str, Any]]:
        """Yields what these bytes complete: ``{"event", "data", "id"}`` (id None without an id line), ``{"retry"}`` or ``{"comment"}``."""
        text = self._decoder.decode(data)
        if not text:
            return
        if self._at_start:
            self._at_start = False
            text = text[1:] if text[0] == "\ufeff" else text
        if self._after_carriage_return and text.startswith("\n"):
            text = text[1:]
        self._after_carriage_return = text.endswith("\r")
        lines = re.split("\r\n|\r|\n", text)
        lines[0] = self._line + lines[0]
        self._line = lines.pop()
        for line in lines:
            self._bound(line)
            item = self._field(line) if line else self._end_event()
            if item is not None:
                yield item
        self._bound(self._line)

    def _bound(self, line: str) -> None:
        if self._length + len(line) > self._max_event_length:
            raise ChatStreamError(f"An event is longer than {self._max_event_length} characters.", "event_too_long")

    def _field(self, line: str) -> Optional[Dict[str, Any]]:
        name, _, value = line.partition(":")
        if line[0] == ":":
            return {"comment": value}
        value = value[1:] if value.startswith(" ") else value
        if name == "data":
            self._data.append(value)
            self._length += len(value) + 1
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            return {"retry": int(value)}
        return None

    def _end_event(self) -> Optional[Dict[str, Any]]:
        item = {"event": self._type or "message", "data": "\n".join(self._data), "id": self._id} if self._data else None
        self._data, self._length, self._type, self._id = [], 0, "", None
        return item


class ChatStream:
    """One stream log, to loop over once. Chunks are dictionaries with ``content``, ``done`` and ``model``; the terminal
    one (``done`` true) also has ``finish_reason`` and ``usage`` or ``error``. Durations are in seconds.

    ``cancel`` and ``close`` may be called from any thread.
    """

    def __init__(
        self,
        url: str,
        payload: Optional[Mapping[str, Any]] = None,
        *,
        headers: Optional[Mapping[str, str]] = None,
        session: Optional[requests.Session] = None,
        last_event_id: Union[int, str] = "",
        idempotency_key: Optional[str] = None,
        connect_timeout: float = 10.0,
        idle_timeout: float = 45.0,
        retry_delay: float = 1.0,
        max_retry_delay: float = 30.0,
        max_retry_after: float = 120.0,
        max_retries: int = 10,
        max_event_length: int = 1_048_576,
    ) -> None:
        self.url = url
        self.last_event_id = str(last_event_id)
        self.stream_id: Optional[str] = None
        self.idempotency_key = idempotency_key or uuid.uuid4().hex
        self._payload = None if payload is None else {**payload, "stream": True}
        self._headers = dict(headers or {})
        self._session = session or requests.Session()
        self._owns_session = session is None
        self._timeout = (connect_timeout, idle_timeout)
        self._retry_delay = retry_delay
        self._max_retry_delay = max_retry_delay
        self._max_retry_after = max_retry_after
        self._max_retries = max_retries
        self._max_event_length = max_event_length
        self._failures = 0
        self._finished = False
        self._closed = threading.Event()
        self._response: Optional[requests.Response] = None
        self._stream_url: Optional[str] = None
        self._chunks = self._run()
        if self._payload is None:
            self._know_stream(url)

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        return self._chunks

    def __enter__(self) -> ChatStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening; a running loop ends without an error. The job is left to the API's policy for viewers that left."""
        self._closed.set()
        response = self._response
        if response is not None:
            _hang_up(response)

    def cancel(self) -> bool:
        """Cancels the job; the loop still yields the terminal chunk. Tells whether there was a job to cancel.

        Before the server has named the stream there is nothing to cancel but the wait: the stream is closed instead.
        """
        if self._finished:
            return False
        if self._stream_url is None:
            self.close()
            return False
        url = self._stream_url[: -len("/stream")]
        for attempt in range(1, _CANCEL_ATTEMPTS + 1):
            try:
                response = self._session.delete(url, headers=self._follow_up_headers(), timeout=self._timeout)
                if response.ok or response.status_code in (404, 410):
                    return response.ok
                failure = _refusal(response)
            except requests.RequestException as error:
                failure = _connection_failure(error)
            if not failure.retryable or attempt == _CANCEL_ATTEMPTS:
                raise failure
            self._closed.wait(min(failure.retry_after or self._retry_delay, self._max_retry_delay))
        raise AssertionError("unreachable")

    def _run(self) -> Iterator[Dict[str, Any]]:
        try:
            while not self._closed.is_set():
                try:
                    response = self._connect()
                    if response is None:
                        return
                    yield from self._read(response)
                    failure = ChatStreamError("The connection ended before the terminal chunk.", "connection_lost", retryable=True)
                except ChatStreamError as error:
                    failure = error
                except (requests.RequestException, OSError) as error:
                    if isinstance(error, ValueError):
                        raise  # a URL or header that is not valid will not heal
                    failure = _connection_failure(error)
                finally:
                    self._disconnect()
                if self._finished or self._closed.is_set():
                    return
                self._closed.wait(self._delay_after(failure))
        finally:
            self._closed.set()
            if self._owns_session:
                self._session.close()

    def _connect(self) -> Optional[requests.Response]:
        if self._stream_url is None:
            headers = {"Idempotency-Key": self.idempotency_key, **self._headers}
            response = self._send("POST", self.url, headers, json=self._payload)
        else:
            response = self._send("GET", self._stream_url, self._follow_up_headers())
        self._response = response
        if response.status_code == 204:
            return None
        if not response.ok:
            raise _refusal(response)
        if not response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
            raise ChatStreamError(
                "The answer is not an event stream.", "not_a_stream",
                status=response.status_code, request_id=response.headers.get("X-Request-Id"))
        self._learn_stream(response)
        return response

    def _send(self, method: str, url: str, headers: Dict[str, str], **options: Any) -> requests.Response:
        headers = {**headers, "Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store"}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        return self._session.request(method, url, headers=headers, stream=True, timeout=self._timeout, **options)

    def _follow_up_headers(self) -> Dict[str, str]:
        """What the caller sent with the POST, credentials above all, without what described the POST's body."""
        return {name: value for name, value in self._headers.items() if name.lower() not in _BODY_HEADERS}

    def _learn_stream(self, response: requests.Response) -> None:
        if self._stream_url is not None:
            return
        location, stream_id = response.headers.get("Location"), response.headers.get("X-Stream-Id")
        job = urljoin(self.url, location) if location else None
        if job is not None and urlsplit(job)[:2] != urlsplit(self.url)[:2]:
            job = None  # credentials go to the server they were meant for only
        if job is None and stream_id:
            job = f"{self.url.rstrip('/')}/{quote(stream_id, safe='')}"
        if job is not None:
            self._know_stream(job.rstrip("/") + "/stream")

    def _know_stream(self, stream_url: str) -> None:
        if not stream_url.endswith("/stream"):
            raise ValueError("Without a payload the URL names a stream: /api/v1/chat/{id}/stream.")
        self._stream_url = stream_url
        self.stream_id = urlsplit(stream_url).path.split("/")[-2]

    def _read(self, response: requests.Response) -> Iterator[Dict[str, Any]]:
        parser = EventStreamParser(self._max_event_length)
        # Without chunked transfer encoding urllib3 would gather any larger read until the end of the stream.
        size = None if getattr(response.raw, "chunked", False) else 1
        for data in response.iter_content(size):
            for item in parser.push(data):
                if "retry" in item:
                    self._retry_delay = min(item["retry"] / 1000, self._max_retry_delay)
                elif "comment" in item:
                    self._failures = 0  # a heartbeat: the stream lives, it only has nothing to say
                elif self._is_next(item["id"]):
                    self._failures = 0
                    chunk = json.loads(item["data"])
                    self._finished = chunk.get("done") is True
                    yield chunk
                    if self._finished:
                        return
            if self._closed.is_set():
                return

    def _is_next(self, event_id: Optional[str]) -> bool:
        """Sequence numbers are 1, 2, 3 …: one that was seen is passed over, one too far ahead is fetched again from the log."""
        if event_id is None:
            return True
        if re.fullmatch("[0-9]+", event_id) and re.fullmatch("[0-9]*", self.last_event_id):
            expected = int(self.last_event_id or 0) + 1
            if int(event_id) < expected:
                return False
            if int(event_id) > expected:
                raise ChatStreamError(
                    f"Chunk {expected} is missing: chunk {event_id} came instead.", "chunk_missing", retryable=True)
        self.last_event_id = event_id
        return True

    def _delay_after(self, failure: ChatStreamError) -> float:
        self._failures += 1
        if not failure.retryable or self._failures > self._max_retries:
            raise failure
        spread = 1 + random.random() / 2
        if failure.retry_after is not None:
            if failure.retry_after > self._max_retry_after:
                raise failure
            return failure.retry_after * spread
        return min(self._retry_delay * 2 ** (self._failures - 1), self._max_retry_delay) * spread

    def _disconnect(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()


def stream_chat(url: str, payload: Mapping[str, Any], **options: Any) -> ChatStream:
    """Starts a chat completion; options are those of :class:`ChatStream`. The request goes out when the loop begins."""
    return ChatStream(url, payload, **options)


def resume_chat(stream_url: str, **options: Any) -> ChatStream:
    """Reads a stream that was started elsewhere (``/api/v1/chat/{id}/stream``), from its start or after ``last_event_id``."""
    return ChatStream(stream_url, None, **options)


def _hang_up(response: requests.Response) -> None:
    """Ends a read that another thread is in; closing the response would wait for that read instead."""
    connection = getattr(response.raw, "_connection", None) or getattr(response.raw, "_original_response", None)
    held = getattr(connection, "sock", None)
    if held is None:
        held = getattr(getattr(getattr(connection, "fp", None), "raw", None), "_sock", None)
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it ended by itself


def _connection_failure(cause: BaseException) -> ChatStreamError:
    failure = ChatStreamError("The connection failed.", "connection_failed", retryable=True)
    failure.__cause__ = cause
    return failure


def _refusal(response: requests.Response) -> ChatStreamError:
    """The error an unsuccessful answer stands for; reads problem details (RFC 9457) and the OpenAI error shape."""
    try:
        problem = response.json()
    except (ValueError, requests.RequestException):
        problem = None  # a proxy's page, or a body cut short: the status says enough
    fields = problem if isinstance(problem, dict) else {}
    error = fields["error"] if isinstance(fields.get("error"), dict) else fields
    message = error.get("detail") or error.get("message") or error.get("title") or f"The server answered {response.status_code}."
    return ChatStreamError(
        message,
        error.get("code") or f"http_{response.status_code}",
        status=response.status_code,
        request_id=fields.get("requestId") or response.headers.get("X-Request-Id"),
        retry_after=_retry_after(response.headers.get("Retry-After")),
        problem=problem,
        retryable=response.status_code in _HEALING_STATUS,
    )


def _retry_after(header: Optional[str]) -> Optional[float]:
    """In seconds; the header holds seconds or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if re.fullmatch("[0-9]+", header):
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
