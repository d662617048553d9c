// npm @microsoft/fetch-event-source and eventsource: node events.mjs <base address> <key>; prints what it saw as JSON.
import { EventSource } from 'eventsource';
import { ending } from './cancelled.mjs';

// fetch-event-source wants to know whether its page is visible.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = await import('@microsoft/fetch-event-source');

const [, , address, apiKey] = process.argv;
const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` };
const body = (model, stream = true) => JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello' }] });
const seen = {};

async function post(path, model, read) {
  const result = { text: '' };
  try {
    const abort = new AbortController();
    await fetchEventSource(`${address}${path}`, {
      method: 'POST', headers, body: body(model), signal: abort.signal,
      async onopen(response) {
        result.status = response.status;
        if (!response.ok) {
          throw new Error((await response.json()).error?.code);
        }
      },
      onmessage(event) { read(event.data, result, abort); },
      onerror(error) { throw error; },
    });
  } catch (error) {
    result.error = error.message;
  }
  return result;
}

const readCompletion = (data, result, abort) => {
  if (data === '[DONE]') {
    result.done = true;
    return;
  }
  const chunk = JSON.parse(data);
  const delta = chunk.choices?.[0]?.delta;
  result.text += delta?.content ?? '';
  for (const call of delta?.tool_calls ?? []) {
    result.name ??= call.function.name;
    result.arguments = (result.arguments ?? '') + call.function.arguments;
  }
  result.finish = chunk.choices?.[0]?.finish_reason ?? result.finish;
  result.id = chunk.id ?? result.id;
  result.code = chunk.error?.code ?? result.code;
  result.count = (result.count ?? 0) + 1;
  if (result.count === 4 && chunk.model === 'fake-slow') {
    abort.abort();
  }
};

seen.stream = await post('/v1/chat/completions', 'fake-text', readCompletion);
seen.native = await post('/api/v1/chat', 'fake-text', (data, result) => {
  const chunk = JSON.parse(data);
  result.text += chunk.content;
  result.done = chunk.done;
});
seen.refused = await post('/v1/chat/completions', 'none-such', readCompletion);
seen.broken = await post('/v1/chat/completions', 'fake-error', readCompletion);
seen.tool = await post('/v1/chat/completions', 'fake-tools', readCompletion);
seen.aborted = await post('/v1/chat/completions', 'fake-slow', readCompletion);
seen.aborted.job = await ending(address, apiKey, seen.aborted.id);

// A native EventSource sends no header: the stream's own token opens it.
const ask = (model, options) => fetch(`${address}/v1/chat/completions`, { method: 'POST', headers, body: body(model), ...options });
const watch = (response, path, token = response.headers.get('x-stream-token'), onText = () => {}) => new Promise(resolve => {
  const result = { text: '' };
  const source = new EventSource(`${address}${path.replace('{id}', response.headers.get('x-stream-id'))}/stream?token=${encodeURIComponent(token)}`);
  source.onmessage = event => {
    const chunk = event.data === '[DONE]' ? { done: true } : JSON.parse(event.data);
    result.text += chunk.content ?? chunk.choices?.[0]?.delta?.content ?? '';
    result.lastId = event.lastEventId;
    result.done = chunk.done === true;
    result.error = chunk.error?.code;
    if (chunk.content) onText(source, result, resolve);
  };
  source.onerror = error => {
    result.code = error.code;
    if (source.readyState === EventSource.CLOSED) {
      resolve(result);
    }
  };
});
const native = '/api/v1/chat/{id}';
const openAI = '/v1/chat/completions/chatcmpl-{id}';
const asked = await ask('fake-text');
await asked.text();
seen.watchedNatively = await watch(asked, native);
seen.watched = await watch(asked, openAI);

// Pieces that came together share an event, so only that both faces end with the same id is certain.
seen.lastIds = [seen.watchedNatively.lastId, seen.watched.lastId];
seen.watchedNatively.lastId = seen.watched.lastId = 'last';

// What an EventSource sees of a failure in mid-answer, and of a token that somebody made up.
const failing = await ask('fake-error');
await failing.text();
const { text, error } = await watch(failing, native);
seen.watchedBroken = { text, error };
seen.watchedForged = [await watch(asked, native, 'CfDJ8' + 'A'.repeat(150)), await watch(asked, openAI, failing.headers.get('x-stream-token'))].map(result => result.code);

// The one that asked leaves, the one that watches reads on; once it closes, no viewer is left and the job is cancelled.
const leave = new AbortController();
const slow = await ask('fake-slow', { signal: leave.signal });
let count = 0;
await watch(slow, native, undefined, (source, result, resolve) => {
  if (++count === 3) {
    leave.abort();
  } else if (count === 10) {
    source.close();
    resolve(result);
  }
});
seen.watchedAborted = { count, job: await ending(address, apiKey, slow.headers.get('x-stream-id')) };

console.log(JSON.stringify(seen));
