"""python3-requests: with_requests.py <base address> <key>; prints what it saw as JSON."""

import json
import sys
import time

import requests

address, key = sys.argv[1:3]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {key}"
url = f"{address}/v1/chat/completions"
seen = {}


def body(model, stream):
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]}


def stream(model, most=None):
    result = {"text": "", "count": 0}
    with session.post(url, json=body(model, True), stream=True, timeout=60) as response:
        result["status"] = response.status_code
        result["id"] = response.headers.get("X-Stream-Id")
        if not response.ok:
            result["code"] = response.json()["error"]["code"]
            return result
        for line in response.iter_lines():
            if not line.startswith(b"data: "):
                continue
            if line == b"data: [DONE]":
                result["done"] = True
                break
            chunk = json.loads(line[6:])
            if "error" in chunk:
                result["code"] = chunk["error"]["code"]
                break
            delta = chunk["choices"][0]["delta"]
            result["finish"] = chunk["choices"][0]["finish_reason"]
            result["text"] += delta.get("content") or ""
            result["calls"] = result.get("calls", "") + "".join(call["function"]["arguments"] for call in delta.get("tool_calls", []))
            result["count"] += 1
            if result["count"] == most:
                break
    return result


def ending(job):
    """How a job ended whose client went away, asked while its process still lives."""
    limit = time.monotonic() + 30
    while True:
        status = session.get(f"{address}/api/v1/chat/{job}", timeout=60).json()["status"]
        if status not in ("queued", "running") or time.monotonic() > limit:
            return status
        time.sleep(0.05)


seen["stream"] = stream("fake-text")
seen["whole"] = session.post(url, json=body("fake-text", False), timeout=60).json()["choices"][0]["message"]["content"]
seen["refused"] = stream("none-such")
seen["broken"] = stream("fake-error")
seen["tool"] = stream("fake-tools")
seen["aborted"] = stream("fake-slow", most=3)
seen["aborted"]["job"] = ending(seen["aborted"]["id"])
print(json.dumps(seen))
