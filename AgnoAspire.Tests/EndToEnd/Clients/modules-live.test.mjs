// Both client modules against a real API and worker, over connections that break; processes.mjs says how to run it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { AgnoEventSource, streamChat } from '../../../clients/agno-chat.js';
import { breakingProxy, complete, startServices } from './processes.mjs';

const messages = [{ role: 'user', content: 'Tell me a story about a robot named Max' }];
const request = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ messages, model: 'demo', stream: true }), retryDelay: 10, maxRetryDelay: 10 };
// Debian's requests belongs to the system's own interpreter.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const EACH_CONNECTION = 3000; // bytes; the story takes five times as many

let services;
let story;

before(async () => {
  services = await startServices({ pace: '00:00:00.002' });
  story = await complete(services.api.url, messages);
});
after(() => services?.stop());

test('JavaScript reads every word once over connections that break', { timeout: 60_000 }, async () => {
  const proxy = await breakingProxy(services.api.url, EACH_CONNECTION);
  try {
    const ids = [];
    let text = '';
    await new Promise((resolve, reject) => {
      const source = new AgnoEventSource(`${proxy.url}/api/v1/chat`, { method: 'POST', ...request });
      source.onmessage = event => {
        ids.push(Number(event.lastEventId));
        text += JSON.parse(event.data).content;
      };
      source.onclose = resolve;
      source.onerror = event => reject(event.error);
    });
    assert.equal(text, story);
    assert.deepEqual(ids, ids.map((_, at) => at + 1));
    assert.ok(proxy.broken > 2, `${proxy.broken} connections broke`);
  } finally {
    proxy.close();
  }
});

test('JavaScript cancels, and the terminal chunk says so', { timeout: 60_000 }, async () => {
  const stream = streamChat(`${services.api.url}/api/v1/chat`, request);
  let final;
  for await (const chunk of stream) {
    if (!final) assert.equal(await stream.cancel(), true);
    final = chunk;
  }
  assert.deepEqual([final.done, final.finish_reason], [true, 'cancelled']);
});

test('JavaScript meets a refusal as a typed error', { timeout: 60_000 }, async () => {
  const stream = streamChat(`${services.api.url}/api/v1/chat`, { ...request, body: '{"messages":[],"model":"demo","stream":true}' });
  await assert.rejects(async () => { for await (const chunk of stream) assert.fail(chunk); }, { name: 'AgnoStreamError', code: 'invalid_request', status: 400 });
});

test('Python does the same', { timeout: 60_000 }, async () => {
  const proxy = await breakingProxy(services.api.url, EACH_CONNECTION);
  try {
    const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from agno_chat import ChatStreamError, resume_chat, stream_chat
broken, direct = sys.argv[2] + "/api/v1/chat", sys.argv[3] + "/api/v1/chat"
payload = {"model": "demo", "messages": [{"role": "user", "content": "Tell me a story about a robot named Max"}]}
stream = stream_chat(broken, payload, retry_delay=0.01, max_retry_delay=0.01)
text = "".join(chunk["content"] for chunk in stream)
again = "".join(chunk["content"] for chunk in resume_chat(direct + "/" + stream.stream_id + "/stream"))
stream = stream_chat(direct, payload)
chunks = iter(stream)
next(chunks)
cancelled = stream.cancel()
final = list(chunks)[-1]["finish_reason"]
try:
    list(stream_chat(direct, {"model": "nobody", "messages": payload["messages"]}))
except ChatStreamError as error:
    refusal = error.code
print(json.dumps([text, again, cancelled, final, refusal]))
`;
    const modules = fileURLToPath(new URL('../../../clients', import.meta.url));
    const { stdout } = await promisify(execFile)(python, ['-c', program, modules, proxy.url, services.api.url], { timeout: 50_000 });
    assert.deepEqual(JSON.parse(stdout), [story, story, true, 'cancelled', 'model_not_found']);
    assert.ok(proxy.broken > 2, `${proxy.broken} connections broke`);
  } finally {
    proxy.close();
  }
});
