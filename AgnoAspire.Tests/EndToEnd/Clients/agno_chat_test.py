"""agno_chat.py against a scripted server on loopback."""

import itertools
import json
import pathlib
import sys
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "clients"))

from agno_chat import ChatStreamError, EventStreamParser, resume_chat, stream_chat  # noqa: E402

NAMED = {"Location": "/api/v1/chat/s1", "X-Stream-Id": "s1"}
PAYLOAD = {"model": "m", "messages": [{"role": "user", "content": "Tell me a story"}]}


def chunk(number, content):
    return f"id: {number}\ndata: {json.dumps({'content': content, 'done': False, 'model': 'm'})}\n\n"


def last(number, reason="stop"):
    return f"id: {number}\ndata: {json.dumps({'content': '', 'done': True, 'model': 'm', 'finish_reason': reason})}\n\n"


def place(position):
    return f"data: {json.dumps({'content': '', 'done': False, 'model': 'm', 'queue_position': position})}\n\n"


class ScriptedServer:
    """Answers by the script, one step a request, and keeps the requests as (method, path, headers, body)."""

    def __init__(self, *steps):
        self.requests = []
        script = iter(steps)
        keep = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                keep.append((self.command, self.path, self.headers, body))

                # Connections are kept, as the API keeps them: one that closes unannounced may meet the client's next request.
                next(script, Refuse(500, "unexpected"))(self)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v1/chat"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Frames:
    """A stream of these frames, then an end: 'close' (a clean end), 'cut' (a broken connection) or an event to wait for."""

    def __init__(self, *frames, end="close", headers=None, chunked=True, then=()):
        self.frames, self.end, self.then, self.chunked = frames, end, then, chunked
        self.headers = NAMED if headers is None else headers

    def __call__(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header(*(("Transfer-Encoding", "chunked") if self.chunked else ("Connection", "close")))
        handler.close_connection = not self.chunked or self.end == "cut"
        handler.end_headers()
        self._write(handler, self.frames)
        if isinstance(self.end, threading.Event):
            self.end.wait(10)
            self._write(handler, self.then)
        if self.chunked and self.end != "cut":
            handler.wfile.write(b"0\r\n\r\n")

    def _write(self, handler, frames):
        for frame in frames:
            data = frame.encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)
            handler.wfile.flush()


class Refuse:
    def __init__(self, status, code, **headers):
        self.status, self.code, self.headers = status, code, headers

    def __call__(self, handler):
        body = b"" if self.status == 204 else json.dumps({"detail": "Because.", "code": self.code, "requestId": "r1"}).encode()
        handler.send_response(self.status)
        for name, value in {**self.headers, "Content-Type": "application/problem+json", "Content-Length": str(len(body))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)


def hang_up(handler):
    """The answer is lost: the connection ends without one."""
    handler.close_connection = True


def quick(server, **options):
    return stream_chat(server.url, PAYLOAD, retry_delay=0.01, **{"headers": {"Authorization": "Bearer k"}, **options})


def text_of(chunks):
    return "".join(it["content"] for it in chunks)


class Parser(unittest.TestCase):
    def test_reads_the_same_however_the_bytes_are_cut(self):
        data = (
            "\ufeffretry: 2000\r\n\r\n: keep-alive\r\rid: 1\ndata: {\"content\":\"Grüße, 世界 🤖\"}\n\n"
            "event: other\r\ndata:a\r\ndata: b\r\ndata:  c\r\ndata\r\nid: 2\r\n\r\ndata: x\rid: 3\r\r").encode()
        expected = [
            {"retry": 2000}, {"comment": " keep-alive"},
            {"event": "message", "data": '{"content":"Grüße, 世界 🤖"}', "id": "1"},
            {"event": "other", "data": "a\nb\n c\n", "id": "2"},
            {"event": "message", "data": "x", "id": "3"},
        ]
        cuts = [[data], [data[at:at + 1] for at in range(len(data))]] + [[data[:at], data[at:]] for at in range(1, len(data))]
        for parts in cuts:
            parser = EventStreamParser()
            self.assertEqual(list(itertools.chain.from_iterable(map(parser.push, parts))), expected)

    def test_refuses_an_event_without_bounds(self):
        for data in (b"data: 1234567890", b"data: 1\n" * 9):
            with self.assertRaises(ChatStreamError) as caught:
                list(EventStreamParser(max_event_length=12).push(data))
            self.assertEqual(caught.exception.code, "event_too_long")


class Stream(unittest.TestCase):
    def test_is_posted_as_asked_and_read_to_the_terminal_chunk(self):
        with ScriptedServer(Frames("retry: 5\n\n", ": keep-alive\n\n", chunk(1, "Once "), chunk(2, "upon"), last(3))) as server:
            with quick(server) as stream:
                chunks = list(stream)
        self.assertEqual(text_of(chunks), "Once upon")
        self.assertEqual([it["done"] for it in chunks], [False, False, True])
        self.assertEqual((stream.stream_id, stream.last_event_id), ("s1", "3"))
        method, path, headers, body = server.requests[0]
        self.assertEqual((method, path, headers["Authorization"]), ("POST", "/api/v1/chat", "Bearer k"))
        self.assertEqual(json.loads(body), {**PAYLOAD, "stream": True})
        self.assertEqual(headers["Idempotency-Key"], stream.idempotency_key)

    def test_goes_on_after_the_last_chunk_seen(self):
        for end in ("cut", "close"):
            with self.subTest(end), ScriptedServer(
                Frames(chunk(1, "a"), chunk(2, "b"), 'id: 3\ndata: {"content":"hal', end=end),
                hang_up,
                Refuse(503, "unavailable", Retry_After="0"),
                Frames(chunk(2, "b"), chunk(3, "c"), end=end),
                Frames(chunk(4, "d"), last(5)),
            ) as server:
                self.assertEqual(text_of(quick(server)), "abcd")
                self.assertEqual([f"{method} {path} {headers['Last-Event-ID']}" for method, path, headers, _ in server.requests], [
                    "POST /api/v1/chat None", "GET /api/v1/chat/s1/stream 2", "GET /api/v1/chat/s1/stream 2",
                    "GET /api/v1/chat/s1/stream 2", "GET /api/v1/chat/s1/stream 3"])
                headers = server.requests[1][2]
                self.assertEqual((headers["Authorization"], headers["Idempotency-Key"]), ("Bearer k", None))

    def test_never_gives_a_chunk_twice_and_never_skips_one(self):
        with ScriptedServer(
            Frames(chunk(1, "a"), chunk(3, "c"), last(4)),
            Frames(chunk(1, "a"), chunk(2, "b"), chunk(2, "b"), chunk(3, "c"), last(4)),
        ) as server:
            self.assertEqual(text_of(quick(server)), "abc")
        self.assertEqual(server.requests[1][2]["Last-Event-ID"], "1")

    def test_passes_on_events_that_are_not_in_the_log_and_resumes_by_those_that_are(self):
        with ScriptedServer(
            Frames(place(2), place(1), chunk(1, "a"), place(0), end="cut"),
            Frames(place(0), chunk(2, "b"), last(3)),
        ) as server:
            chunks = list(quick(server))
        self.assertEqual(text_of(chunks), "ab")
        self.assertEqual([it["queue_position"] for it in chunks if "queue_position" in it], [2, 1, 0, 0])
        self.assertEqual([headers["Last-Event-ID"] for _, _, headers, _ in server.requests], [None, "1"])

    def test_begins_anew_when_only_the_place_in_the_queue_was_heard(self):
        with ScriptedServer(Frames(place(3), end="cut"), Frames(chunk(1, "a"), last(2))) as server:
            self.assertEqual(text_of(quick(server)), "a")
        self.assertEqual([(method, headers["Last-Event-ID"]) for method, _, headers, _ in server.requests], [("POST", None), ("GET", None)])

    def test_is_posted_again_under_the_same_key_when_the_answer_was_lost(self):
        with ScriptedServer(hang_up, Refuse(502, "bad_gateway"), Frames(chunk(1, "a"), last(2))) as server:
            self.assertEqual(text_of(quick(server)), "a")
        self.assertEqual(len({(method, headers["Idempotency-Key"]) for method, _, headers, _ in server.requests}), 1)

    def test_takes_no_credentials_to_another_origin(self):
        elsewhere = {**NAMED, "Location": "http://thief.test/api/v1/chat/s1"}
        with ScriptedServer(Frames(chunk(1, "a"), headers=elsewhere), Frames(last(2))) as server:
            list(quick(server))
        self.assertEqual(server.requests[1][1], "/api/v1/chat/s1/stream")

    def test_that_was_started_elsewhere_is_read_from_a_given_chunk(self):
        with ScriptedServer(Frames(chunk(8, "h"), last(9))) as server:
            self.assertEqual(text_of(resume_chat(server.url + "/s1/stream", last_event_id=7)), "h")
        self.assertEqual((server.requests[0][0], server.requests[0][2]["Last-Event-ID"]), ("GET", "7"))

    def test_ends_when_all_was_delivered(self):
        with ScriptedServer(Frames(chunk(1, "a"), end="cut"), Refuse(204, "")) as server:
            self.assertEqual(text_of(quick(server)), "a")

    def test_arrives_at_once_also_without_chunked_transfer(self):
        for chunked in (True, False):
            go = threading.Event()
            with self.subTest(chunked), ScriptedServer(Frames(chunk(1, "a"), end=go, then=[last(2)], chunked=chunked)) as server:
                chunks = iter(quick(server))
                self.assertEqual(next(chunks)["content"], "a")  # the server ends only after this
                go.set()
                self.assertTrue(next(chunks)["done"])


class Failure(unittest.TestCase):
    def failure_of(self, *steps, **options):
        with ScriptedServer(*steps) as server, self.assertRaises(ChatStreamError) as caught:
            list(quick(server, **options))
        self.assertEqual(len(server.requests), len(steps))
        return caught.exception

    def test_that_cannot_heal_is_final_and_carries_the_problem(self):
        for status, code in ((400, "invalid_request"), (401, "unauthorized"), (404, "model_not_found"), (409, "key_reused"), (410, "expired")):
            failure = self.failure_of(Refuse(status, code))
            self.assertEqual((failure.status, failure.code, failure.request_id, str(failure)), (status, code, "r1", "Because."))

    def test_of_an_answer_that_is_not_a_stream_is_final(self):
        self.assertEqual(self.failure_of(Refuse(200, "")).code, "not_a_stream")

    def test_that_asks_to_wait_too_long_is_final(self):
        failure = self.failure_of(Refuse(429, "quota", Retry_After="3600"))
        self.assertEqual((failure.code, failure.retry_after), ("quota", 3600.0))

    def test_that_stays_is_given_up(self):
        failure = self.failure_of(Frames("retry: 1\n\n", chunk(1, "a")), hang_up, hang_up, max_retries=2)
        self.assertEqual(failure.code, "connection_failed")

    def test_is_forgotten_once_the_stream_shows_life(self):
        alive = Frames("retry: 1\n\n", ": keep-alive\n\n")
        with ScriptedServer(alive, alive, alive, Frames(last(1))) as server:
            self.assertTrue(list(quick(server, max_retries=1))[-1]["done"])

    def test_of_silence_cuts_the_connection(self):
        with ScriptedServer(Frames(chunk(1, "a"), end=threading.Event()), Frames(last(2))) as server:
            self.assertEqual(len(list(quick(server, idle_timeout=0.1))), 2)

    def test_of_a_url_is_not_retried(self):
        with self.assertRaises(ValueError):
            list(stream_chat("nonsense", PAYLOAD))


class User(unittest.TestCase):
    def test_cancels_and_still_gets_the_terminal_chunk(self):
        told = threading.Event()

        def cancel(handler):
            told.set()
            Refuse(204, "")(handler)

        with ScriptedServer(Frames(chunk(1, "a"), end=told, then=[last(2, "cancelled")]), cancel) as server:
            stream = quick(server)
            chunks = iter(stream)
            next(chunks)
            self.assertTrue(stream.cancel())
            self.assertEqual(next(chunks)["finish_reason"], "cancelled")
            self.assertFalse(stream.cancel())
        method, path, headers, _ = server.requests[1]
        self.assertEqual((method, path, headers["Authorization"]), ("DELETE", "/api/v1/chat/s1", "Bearer k"))

    def test_closes_from_another_thread_at_once(self):
        with ScriptedServer(Frames(chunk(1, "a"), end=threading.Event())) as server:
            stream = quick(server)
            chunks = iter(stream)
            next(chunks)
            begin = time.monotonic()
            closer = threading.Timer(0.05, stream.close)
            closer.start()
            self.assertEqual(list(chunks), [])
            closer.join()
            self.assertLess(time.monotonic() - begin, 5, "the server would have kept it waiting for ten")


if __name__ == "__main__":
    unittest.main()
