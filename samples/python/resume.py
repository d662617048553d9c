"""Prints a streamed chat that is cut after five chunks and resumed, with the client module.

Usage: python samples/python/resume.py [base URL]
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "clients"))
from agno_chat import resume_chat, stream_chat  # noqa: E402

base = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
with stream_chat(f"{base}/api/v1/chat", {
    "messages": [{"role": "user", "content": "Tell me a story about a robot named Max"}],
    "model": "gpt-3.5-turbo",
}) as stream:
    for chunk in stream:
        print(chunk["content"], end="", flush=True)
        if stream.last_event_id == "5":
            break

with resume_chat(f"{base}/api/v1/chat/{stream.stream_id}/stream", last_event_id=stream.last_event_id) as stream:
    for chunk in stream:
        print(chunk["content"], end="", flush=True)
