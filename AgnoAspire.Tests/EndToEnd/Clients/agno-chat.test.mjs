// agno-chat.js against a scripted fetch.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as everything from '../../../clients/agno-chat.js';
import { AgnoEventSource, AgnoStreamError, EventStreamParser, streamChat } from '../../../clients/agno-chat.js';

const url = 'http://api.test/api/v1/chat';
const named = { 'Content-Type': 'text/event-stream', Location: '/api/v1/chat/s1', 'X-Stream-Id': 's1' };
const encoder = new TextEncoder();

const chunk = (id, content) => `id: ${id}\ndata: ${JSON.stringify({ content, done: false, model: 'm' })}\n\n`;
const last = (id, reason = 'stop') => `id: ${id}\ndata: ${JSON.stringify({ content: '', done: true, model: 'm', finish_reason: reason })}\n\n`;
const post = body => ({ method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer k' }, body: body ?? '{"stream":true}' });

// An answer of these frames, then an end: 'close' (a clean end), 'cut' (a reset connection) or 'open' (nothing more comes).
function stream(frames, end = 'close', headers = named) {
  return ({ signal }) => new Response(new ReadableStream({
    start(controller) {
      for (const frame of frames) controller.enqueue(typeof frame === 'string' ? encoder.encode(frame) : frame);
      signal.addEventListener('abort', () => { try { controller.error(signal.reason); } catch { /* it had ended */ } });
      if (end === 'close') controller.close();
    },
    pull(controller) {
      if (end === 'cut') controller.error(new TypeError('terminated'));
      else return new Promise(() => {});
    },
  }), { headers });
}

const problem = (status, code, headers = {}) => () => new Response(
  JSON.stringify({ title: 'No', detail: 'Because.', status, code, requestId: 'r1' }),
  { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });

const unreachable = () => { throw new TypeError('fetch failed'); };

// A fetch that answers by the script, one step a request, and keeps the requests.
function scripted(...steps) {
  const requests = [];
  const fetch = async (target, init) => {
    requests.push({ url: target, ...init, headers: new Headers(init.headers) });
    const step = steps.shift();
    assert.ok(step, `an unexpected request: ${init.method} ${target}`);
    return step(init);
  };
  return { fetch, requests };
}

// Runs an AgnoEventSource to its end and tells everything it said.
function listen(fetch, init = post(), change = () => {}) {
  return new Promise(resolve => {
    const source = new AgnoEventSource(url, { retryDelay: 1, maxRetryDelay: 4, fetch, ...init });
    const said = { source, text: '', ids: [], events: [], reconnecting: [], error: null };
    source.onopen = () => said.events.push('open');
    source.onmessage = event => {
      const { content } = JSON.parse(event.data);
      said.text += content;
      said.ids.push(event.lastEventId);
    };
    source.onreconnecting = event => said.reconnecting.push(event);
    source.onclose = () => { said.events.push('close'); resolve(said); };
    source.onerror = event => { said.error = event.error; said.events.push('error'); resolve(said); };
    change(source, said, resolve);
  });
}

test('the module exports what its declarations say', () => {
  const declarations = readFileSync(new URL('../../../clients/agno-chat.d.ts', import.meta.url), 'utf8');
  const declared = [...declarations.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(everything).sort(), declared.sort());
});

describe('the parser', () => {
  const parse = (...parts) => {
    const parser = new EventStreamParser();
    return parts.flatMap(part => [...parser.push(typeof part === 'string' ? encoder.encode(part) : part)]);
  };

  test('reads the same however the bytes are cut', () => {
    const bytes = encoder.encode('\ufeffretry: 2000\r\n\r\n: keep-alive\r\rid: 1\ndata: {"content":"Grüße, 世界 🤖"}\n\n'
      + 'event: other\r\ndata:a\r\ndata: b\r\ndata:  c\r\ndata\r\nid: 2\r\n\r\ndata: x\rid: 3\r\r');
    const expected = [
      { retry: 2000 }, { comment: ' keep-alive' },
      { event: 'message', data: '{"content":"Grüße, 世界 🤖"}', id: '1' },
      { event: 'other', data: 'a\nb\n c\n', id: '2' },
      { event: 'message', data: 'x', id: '3' },
    ];
    assert.deepEqual(parse(bytes), expected);
    for (let cut = 1; cut < bytes.length; cut++) {
      assert.deepEqual(parse(bytes.slice(0, cut), bytes.slice(cut)), expected, `cut at ${cut}`);
    }
    assert.deepEqual(parse(...Array.from(bytes, byte => Uint8Array.of(byte))), expected);
  });

  test('passes over what the standard says to pass over', () => {
    assert.deepEqual(parse('id: 1\n\n', 'data\n\n', 'retry: 1s\n', 'nonsense: x\n', 'id: a\0b\ndata: y\n\n', 'data: never ended\n'), [
      { event: 'message', data: '', id: null },
      { event: 'message', data: 'y', id: null },
    ]);
  });

  test('refuses an event without bounds, in one line or in many', () => {
    const tooLong = error => error instanceof AgnoStreamError && error.code === 'event_too_long';
    assert.throws(() => [...new EventStreamParser({ maxEventLength: 8 }).push(encoder.encode('data: 1234567'))], tooLong);
    assert.throws(() => [...new EventStreamParser({ maxEventLength: 16 }).push(encoder.encode('data: 1\n'.repeat(9)))], tooLong);
  });
});

describe('a stream', () => {
  test('is posted as asked, read to the terminal chunk and closed', async () => {
    const { fetch, requests } = scripted(stream(['retry: 5\n\n', chunk(1, 'Once '), chunk(2, 'upon'), last(3)]));
    const said = await listen(fetch);
    assert.equal(said.text, 'Once upon');
    assert.deepEqual(said.ids, ['1', '2', '3']);
    assert.deepEqual(said.events, ['open', 'close']);
    assert.equal(said.source.readyState, AgnoEventSource.CLOSED);
    assert.equal(said.source.streamId, 's1');
    const [{ method, headers, body }] = requests;
    assert.equal(`${method} ${body}`, 'POST {"stream":true}');
    assert.equal(headers.get('Content-Type'), 'application/json');
    assert.match(headers.get('Idempotency-Key'), /^[0-9a-f]{32}$/);
  });

  for (const end of ['cut', 'close']) {
    test(`goes on after the last chunk seen when the connection ends by ${end}`, async () => {
      const { fetch, requests } = scripted(
        stream([chunk(1, 'a'), chunk(2, 'b'), 'id: 3\ndata: {"content":"hal'], end),
        unreachable,
        problem(503, 'unavailable', { 'Retry-After': '0' }),
        stream([chunk(3, 'c')], end),
        stream([chunk(4, 'd'), last(5)]));
      const said = await listen(fetch);
      assert.equal(said.text, 'abcd');
      assert.deepEqual(said.ids, ['1', '2', '3', '4', '5']);
      assert.deepEqual(requests.map(({ method, url: target, headers }) => `${method} ${new URL(target).pathname} ${headers.get('Last-Event-ID')}`), [
        'POST /api/v1/chat null', 'GET /api/v1/chat/s1/stream 2', 'GET /api/v1/chat/s1/stream 2',
        'GET /api/v1/chat/s1/stream 2', 'GET /api/v1/chat/s1/stream 3']);
      const { headers, body } = requests[1];
      assert.equal(headers.get('Authorization'), 'Bearer k');
      assert.deepEqual([headers.get('Content-Type'), headers.get('Idempotency-Key'), body], [null, null, undefined]);
      assert.deepEqual(said.events, ['open', 'open', 'open', 'close']);
    });
  }

  test('never says a chunk twice and never skips one', async () => {
    const { fetch, requests } = scripted(
      stream([chunk(1, 'a'), chunk(3, 'c'), last(4)]),
      stream([chunk(1, 'a'), chunk(2, 'b'), chunk(2, 'b'), chunk(3, 'c'), last(4)]));
    const said = await listen(fetch);
    assert.equal(said.text, 'abc');
    assert.deepEqual(said.ids, ['1', '2', '3', '4']);
    assert.equal(said.reconnecting[0].error.code, 'chunk_missing');
    assert.equal(requests[1].headers.get('Last-Event-ID'), '1');
  });

  test('passes on events that are not in the log, such as the place in the queue, and resumes by those that are', async () => {
    const place = position => `data: ${JSON.stringify({ content: '', done: false, model: 'm', queue_position: position })}\n\n`;
    const { fetch, requests } = scripted(
      stream(['retry: 1\n\n', place(2), place(1), chunk(1, 'a'), place(0)], 'cut'), stream([place(0), chunk(2, 'b'), last(3)]));
    const places = [];
    const said = await listen(fetch, post(), source => source.addEventListener('message', event => {
      const { queue_position: position } = JSON.parse(event.data);
      if (position !== undefined) places.push([position, event.lastEventId]);
    }));
    assert.equal(said.text, 'ab');
    assert.deepEqual(places, [[2, ''], [1, ''], [0, '1'], [0, '1']]);
    assert.equal(requests[1].headers.get('Last-Event-ID'), '1');
    assert.deepEqual(said.events, ['open', 'open', 'close']);

    const looped = scripted(stream([place(7), chunk(1, 'a'), last(2)]));
    const chunks = [];
    for await (const it of streamChat(url, { ...post(), fetch: looped.fetch })) chunks.push(it.queue_position ?? it.content);
    assert.deepEqual(chunks, [7, 'a', '']);
  });

  test('begins anew when only the place in the queue was heard', async () => {
    const { fetch, requests } = scripted(stream(['data: {"content":"","done":false,"model":"m","queue_position":3}\n\n'], 'cut'), stream([chunk(1, 'a'), last(2)]));
    const said = await listen(fetch);
    assert.equal(said.text, 'a');
    assert.deepEqual([requests[1].method, requests[1].headers.get('Last-Event-ID')], ['GET', null]);
  });

  test('is not ended by text or a field that looks like a terminal chunk', async () => {
    const { fetch } = scripted(stream([
      chunk(1, '{"done": true}'), 'id: 2\ndata: {"content":"!","done":false,"model":"m","detail":{"done":true}}\n\n', last(3)]));
    assert.equal((await listen(fetch)).text, '{"done": true}!');
  });

  test('is posted again under the same key when the answer was lost', async () => {
    const { fetch, requests } = scripted(unreachable, problem(502, 'bad_gateway'), stream([chunk(1, 'a'), last(2)]));
    const said = await listen(fetch);
    assert.equal(said.text, 'a');
    assert.equal(new Set(requests.map(({ method, headers }) => `${method} ${headers.get('Idempotency-Key')}`)).size, 1);
  });

  test('attaches by its key where another origin hides the headers that name it', async () => {
    const hidden = { 'Content-Type': 'text/event-stream' };
    const { fetch, requests } = scripted(stream([chunk(1, 'a')], 'cut', hidden), stream([chunk(1, 'a'), chunk(2, 'b'), last(3)], 'close', hidden));
    const said = await listen(fetch);
    assert.equal(said.text, 'ab');
    assert.equal(requests[1].method, 'POST');
    assert.equal(requests[1].headers.get('Idempotency-Key'), requests[0].headers.get('Idempotency-Key'));
  });

  test('takes no credentials to another origin', async () => {
    const { fetch, requests } = scripted(
      stream([chunk(1, 'a')], 'cut', { ...named, Location: 'http://thief.test/api/v1/chat/s1' }), stream([last(2)]));
    await listen(fetch);
    assert.equal(requests[1].url, 'http://api.test/api/v1/chat/s1/stream');
  });

  test('that was started elsewhere is read from a given chunk', async () => {
    const { fetch, requests } = scripted(stream([chunk(8, 'h'), last(9)]));
    const said = await new Promise(resolve => {
      const source = new AgnoEventSource(`${url}/s1/stream`, { fetch, lastEventId: 7 });
      source.onclose = () => resolve(source);
    });
    assert.equal(said.lastEventId, '9');
    assert.equal(said.streamId, 's1');
    assert.deepEqual([requests[0].method, requests[0].headers.get('Last-Event-ID')], ['GET', '7']);
  });

  test('ends without an error when all was delivered (204)', async () => {
    const { fetch } = scripted(stream([chunk(1, 'a')], 'cut'), () => new Response(null, { status: 204 }));
    const said = await listen(fetch);
    assert.deepEqual(said.events, ['open', 'close']);
  });
});

describe('a failure', () => {
  for (const [status, code] of [[400, 'invalid_request'], [401, 'unauthorized'], [404, 'model_not_found'], [409, 'key_reused'], [410, 'expired']]) {
    test(`of ${status} is final and carries the problem`, async () => {
      const { fetch } = scripted(problem(status, code));
      const { error, source } = await listen(fetch);
      assert.deepEqual([error.code, error.status, error.requestId, error.message, error.retryable], [code, status, 'r1', 'Because.', false]);
      assert.equal(source.readyState, AgnoEventSource.CLOSED);
    });
  }

  test('of an OpenAI face and of a proxy is understood too', async () => {
    const openai = scripted(() => new Response('{"error":{"message":"No key.","code":"invalid_api_key"}}', { status: 401 }));
    assert.deepEqual(await listen(openai.fetch).then(({ error }) => [error.code, error.message]), ['invalid_api_key', 'No key.']);
    const proxy = scripted(() => new Response('<html>', { status: 418 }));
    assert.equal((await listen(proxy.fetch)).error.code, 'http_418');
  });

  test('of an answer that is not a stream says what to do', async () => {
    const { fetch } = scripted(() => Response.json({ content: 'all', done: true }));
    const { error } = await listen(fetch);
    assert.equal(error.code, 'not_a_stream');
    assert.match(error.message, /"stream": true/);
  });

  test('that asks to wait is waited for, but not for ever', async () => {
    const short = scripted(problem(429, 'rate_limited', { 'Retry-After': '7' }));
    const said = await listen(short.fetch, post(), (source, all, resolve) => {
      source.addEventListener('reconnecting', () => { source.close(); resolve(all); });
    });
    assert.ok(said.reconnecting[0].delay >= 7000 && said.reconnecting[0].delay <= 10_500, `${said.reconnecting[0].delay}`);

    const long = scripted(problem(429, 'quota', { 'Retry-After': '3600' }));
    const { error } = await listen(long.fetch);
    assert.deepEqual([error.code, error.retryAfter], ['quota', 3_600_000]);
  });

  test('that stays is given up, after waits that grow from what the stream said', async () => {
    const { fetch } = scripted(stream(['retry: 2\n\n', chunk(1, 'a')]), unreachable, unreachable, unreachable);
    const said = await listen(fetch, { ...post(), maxRetries: 3, maxRetryDelay: 1000 });
    assert.equal(said.error.code, 'connection_failed');
    const expected = [2, 4, 8];
    said.reconnecting.forEach(({ delay, attempt }, at) => {
      assert.equal(attempt, at + 1);
      assert.ok(delay >= expected[at] && delay <= expected[at] * 1.5, `wait ${attempt}: ${delay}`);
    });
    assert.equal(said.reconnecting.length, 3);
  });

  test('is forgotten once the stream shows life', async () => {
    const alive = stream([': keep-alive\n\n']);
    const { fetch } = scripted(alive, alive, alive, alive, stream([last(1)]));
    const said = await listen(fetch, { ...post(), maxRetries: 1 });
    assert.deepEqual(said.reconnecting.map(({ attempt }) => attempt), [1, 1, 1, 1]);
    assert.equal(said.error, null);
  });

  test('of silence cuts the connection', async () => {
    const { fetch } = scripted(stream([chunk(1, 'a')], 'open'), stream([last(2)]));
    const said = await listen(fetch, { ...post(), idleTimeout: 20 });
    assert.equal(said.reconnecting[0].error.code, 'connection_idle');
    assert.deepEqual(said.ids, ['1', '2']);
  });
});

describe('its user', () => {
  test('cancels, and the terminal chunk still arrives', async () => {
    let tell;
    const cancelled = new Promise(resolve => { tell = resolve; });
    const { fetch, requests } = scripted(
      () => new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(encoder.encode(chunk(1, 'a')));
          await cancelled;
          controller.enqueue(encoder.encode(last(2, 'cancelled')));
        },
      }), { headers: named }),
      () => { tell(); return new Response(null, { status: 204 }); });
    let answer;
    const said = await listen(fetch, post(), source => source.addEventListener('message', () => { answer ??= source.cancel(); }));
    assert.equal(await answer, true);
    assert.deepEqual(said.ids, ['1', '2']);
    const { method, url: target, headers } = requests[1];
    assert.deepEqual([method, target, headers.get('Authorization')], ['DELETE', `${url}/s1`, 'Bearer k']);
  });

  test('is told when a cancel could not be delivered', async () => {
    const { fetch } = scripted(stream([chunk(1, 'a')], 'open'), unreachable, unreachable, unreachable);
    await listen(fetch, post(), (source, said, resolve) => source.addEventListener('message', async () => {
      await assert.rejects(source.cancel(), { name: 'AgnoStreamError', code: 'connection_failed' });
      source.close();
      resolve(said);
    }));
  });

  test('closes, and hears nothing more', async () => {
    const { fetch, requests } = scripted(stream([chunk(1, 'a'), chunk(2, 'b'), last(3)], 'open'));
    const said = await listen(fetch, post(), (source, all, resolve) => source.addEventListener('message', () => {
      source.close();
      setTimeout(resolve, 20, all);
    }));
    assert.deepEqual(said.ids, ['1']);
    assert.deepEqual(said.events, ['open']);
    assert.equal(said.source.readyState, AgnoEventSource.CLOSED);
    assert.ok(requests[0].signal.aborted);
  });

  test('changes and removes handlers as on any event source', async () => {
    const { fetch } = scripted(stream([chunk(1, 'a'), chunk(2, 'b'), last(3)]));
    const heard = [];
    await listen(fetch, post(), source => {
      source.onmessage = () => heard.push('first');
      source.onmessage = function second(event) {
        heard.push(this === source && event.lastEventId);
        source.onmessage = null;
      };
      assert.equal(typeof source.onmessage, 'function');
    });
    assert.deepEqual(heard, ['1']);
  });

  test('loops over the chunks, and leaving the loop closes the stream', async () => {
    const all = scripted(stream([chunk(1, 'a')], 'cut'), stream([chunk(2, 'b'), last(3)]));
    let text = '';
    for await (const { content } of streamChat(url, { ...post(), fetch: all.fetch, retryDelay: 1 })) text += content;
    assert.equal(text, 'ab');

    const left = scripted(stream([chunk(1, 'a'), chunk(2, 'b')], 'open'));
    for await (const { done } of streamChat(url, { ...post(), fetch: left.fetch })) {
      assert.equal(done, false);
      break;
    }
    assert.ok(left.requests[0].signal.aborted);

    const refused = scripted(problem(400, 'invalid_request'));
    await assert.rejects(async () => { for await (const it of streamChat(url, { ...post(), fetch: refused.fetch })) assert.fail(it); },
      { code: 'invalid_request' });
  });
});
