"""The Python sample of the streaming contract: its loop is the sample's; a line reader by the SSE specification stands in for sseclient."""
import json
import sys

import requests


class SSEClient:
    """Yields the events of a response, as sseclient does: fields up to an empty line, data lines joined."""

    class Event:
        def __init__(self):
            self.id, self.event, self.data = None, "message", ""

    def __init__(self, response):
        self._response = response

    def events(self):
        event, has_data = self.Event(), False
        for raw in self._response.iter_lines(chunk_size=1):
            line = raw.decode("utf-8")
            if not line:
                if has_data:
                    yield event
                event, has_data = self.Event(), False
                continue
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "data":
                event.data = value if not has_data else event.data + "\n" + value
                has_data = True
            elif field in ("id", "event"):
                setattr(event, field, value)


url = sys.argv[1] + "/api/v1/chat"
headers = {"Content-Type": "application/json"}
payload = {
    "messages": [{"role": "user", "content": "Tell me a story about a robot named Max"}],
    "model": "gpt-3.5-turbo",
    "stream": True,
}

response = requests.post(url, headers=headers, json=payload, stream=True)
client = SSEClient(response)

full_response = ""
for event in client.events():
    chunk = json.loads(event.data)
    full_response += chunk["content"]
    if chunk["done"]:
        break

print(full_response)
