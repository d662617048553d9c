"""Prints a streamed chat. Usage: python samples/python/chat.py [base URL]"""
import json
import sys

import requests

base = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
response = requests.post(f"{base}/api/v1/chat", stream=True, json={
    "messages": [{"role": "user", "content": "Tell me a story about a robot named Max"}],
    "model": "gpt-3.5-turbo",
    "stream": True,
})
response.raise_for_status()

for line in response.iter_lines():
    if line.startswith(b"data: "):
        print(json.loads(line[6:])["content"], end="", flush=True)
