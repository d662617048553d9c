// The SSE clients of npm over connections that are cut: node resume-events.mjs <base address> <key>; prints what it saw as JSON.
import { EventSource } from 'eventsource';
import { EventSourcePlus } from 'event-source-plus';
import polyfill from 'event-source-polyfill';
import { through } from './cuts.mjs';

// fetch-event-source wants to know whether its page is visible.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = await import('@microsoft/fetch-event-source');

const [, , address, apiKey] = process.argv;
const authorization = { Authorization: `Bearer ${apiKey}` };
const post = () => ({
  method: 'POST',
  headers: { ...authorization, 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
  body: JSON.stringify({ model: 'fake-story', stream: true, messages: [{ role: 'user', content: 'Hello' }] }),
});

/** Collects the text of both APIs; `add` returns true after the terminal chunk. */
function reader() {
  const result = { text: '', done: false };
  return {
    result,
    add(data) {
      if (data === '[DONE]') return result.done = true;
      const chunk = JSON.parse(data);
      result.text += chunk.content ?? chunk.choices?.[0]?.delta?.content ?? '';
      return result.done = chunk.done === true;
    },
  };
}

async function viaFetchEventSource(url) {
  const { result, add } = reader();
  let lastId = '';
  await fetchEventSource(url, {
    ...post(), openWhenHidden: true,
    // It takes the id of an event before its data, so after a cut between the two it would ask for what follows an event it never had.
    fetch(input, { headers: { 'last-event-id': _, ...headers }, ...init }) {
      return fetch(input, { ...init, headers: lastId ? { ...headers, 'last-event-id': lastId } : headers });
    },
    onmessage(event) {
      lastId = event.id || lastId;
      add(event.data);
    },
    // A response that ends too early resolves the promise; throwing makes the client come back.
    onclose() { if (!result.done) throw new Error('cut'); },
    onerror() { return 10; },
  });
  return result;
}

const viaEventSourcePlus = url => new Promise(resolve => {
  const { result, add } = reader();
  const controller = new EventSourcePlus(url, post()).listen({
    onMessage({ data }) {
      if (!add(data)) return;
      controller.abort();
      resolve(result);
    },
  });
});

// Neither can POST: the answer is started without reading it, and watched.
async function started(proxied, path) {
  const abort = new AbortController();
  const response = await fetch(`${address}${path}`, { ...post(), signal: abort.signal });
  const headers = response.headers;
  const url = `${proxied}${path}/${headers.get('x-stream-id')}/stream`;
  return { abort, url, token: headers.get('x-stream-token') };
}

const watch = (source, abort) => new Promise(resolve => {
  const { result, add } = reader();
  source.onopen = () => abort.abort();
  source.onmessage = event => {
    if (!add(event.data)) return;
    source.close();
    resolve(result);
  };
  source.onerror = event => {
    if (source.readyState === 2) resolve({ ...result, error: event.status ?? event.code });
  };
});

async function viaPolyfill(proxied, path) {
  const { abort, url } = await started(proxied, path);
  return watch(new polyfill.EventSourcePolyfill(url, { headers: authorization }), abort);
}

async function viaEventSource(proxied, path) {
  const { abort, url, token } = await started(proxied, path);
  return watch(new EventSource(`${url}?token=${encodeURIComponent(token)}`), abort);
}

const clients = {
  'fetch-event-source': (url, path) => viaFetchEventSource(url + path),
  'event-source-plus': (url, path) => viaEventSourcePlus(url + path),
  'event-source-polyfill': viaPolyfill,
  eventsource: viaEventSource,
};
const cases = Object.entries(clients).flatMap(([name, client]) => ['/api/v1/chat', '/v1/chat/completions'].flatMap(path => [true, false].map(
  async reset => ({ client: name, path, reset, ...await through(address, { reset }, url => client(url, path)) }))));
console.log(JSON.stringify(await Promise.all(cases)));
process.exit(); // whatever a client leaves running
