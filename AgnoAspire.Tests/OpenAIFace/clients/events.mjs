// npm @microsoft/fetch-event-source and eventsource: node events.mjs <base address> <key>; prints what it saw as JSON.
import { EventSource } from 'eventsource';

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
  result.text += chunk.choices?.[0]?.delta?.content ?? '';
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

// A native EventSource sends no header: the stream's own token opens it.
const asked = await fetch(`${address}/v1/chat/completions`, { method: 'POST', headers, body: body('fake-text') });
await asked.text();
const watch = path => new Promise(resolve => {
  const result = { text: '' };
  const source = new EventSource(`${address}${path}?token=${encodeURIComponent(asked.headers.get('x-stream-token'))}`);
  source.onmessage = event => {
    const chunk = event.data === '[DONE]' ? { done: true } : JSON.parse(event.data);
    result.text += chunk.content ?? chunk.choices?.[0]?.delta?.content ?? '';
    result.lastId = event.lastEventId;
    result.done = chunk.done === true;
  };
  source.onerror = error => {
    result.code = error.code;
    if (source.readyState === EventSource.CLOSED) {
      resolve(result);
    }
  };
});
const id = asked.headers.get('x-stream-id');
seen.watchedNatively = await watch(`/api/v1/chat/${id}/stream`);
seen.watched = await watch(`/v1/chat/completions/chatcmpl-${id}/stream`);


// Pieces that came together share an event, so only that both faces end with the same id is certain.
seen.lastIds = [seen.watchedNatively.lastId, seen.watched.lastId];
seen.watchedNatively.lastId = seen.watched.lastId = 'last';

console.log(JSON.stringify(seen));
