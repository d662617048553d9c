// Resumable chat streams of AgnoAspire, for browsers and Node 18 or newer. No dependencies; types are in agno-chat.d.ts.
//
// AgnoEventSource has the shape of EventSource and takes a method, headers and a body. streamChat is the same thing to
// loop over. Both read one stream log to its terminal chunk over as many connections as that takes: every chunk arrives
// exactly once and in order.

const DEFAULTS = Object.freeze({
  retryDelay: 1000,
  maxRetryDelay: 30_000,
  maxRetryAfter: 120_000,
  maxRetries: 10,
  idleTimeout: 45_000,
  maxEventLength: 1_048_576,
});

// How long cancel() waits for the POST's answer to name the stream, and how often it tries the DELETE.
const CANCEL_WAIT = 5_000;
const CANCEL_ATTEMPTS = 3;

const HEALING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Why a stream could not be started or finished. */
export class AgnoStreamError extends Error {
  constructor(message, { code, status = 0, requestId = null, retryAfter = null, problem = null, retryable = false, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AgnoStreamError';
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    this.problem = problem;
    this.retryable = retryable;
  }
}

/** Reads the text/event-stream format as the HTML standard defines it, however the bytes are cut. */
export class EventStreamParser {
  #decoder = new TextDecoder(); // drops a leading byte order mark and keeps characters whose bytes are split
  #maxEventLength;
  #line = '';
  #afterCarriageReturn = false;
  #data = [];
  #length = 0;
  #type = '';
  #id = null;

  constructor({ maxEventLength = DEFAULTS.maxEventLength } = {}) {
    this.#maxEventLength = maxEventLength;
  }

  /** Yields what these bytes complete: `{event, data, id}` (id null without an id line), `{retry}` or `{comment}`. */
  *push(bytes) {
    const text = this.#decoder.decode(bytes, { stream: true });
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text.charCodeAt(at);
      const completesPair = character === 10 && this.#afterCarriageReturn;
      this.#afterCarriageReturn = character === 13;
      if (completesPair) {
        start = at + 1;
      } else if (character === 10 || character === 13) {
        const line = this.#line + text.slice(start, at);
        this.#line = '';
        start = at + 1;
        this.#bound(line.length);
        const item = line === '' ? this.#endEvent() : this.#field(line);
        if (item !== null) yield item;
      }
    }
    this.#line += text.slice(start);
    this.#bound(this.#line.length);
  }

  #bound(lineLength) {
    if (this.#length + lineLength > this.#maxEventLength) {
      throw new AgnoStreamError(`An event is longer than ${this.#maxEventLength} characters.`, { code: 'event_too_long' });
    }
  }

  #field(line) {
    const colon = line.indexOf(':');
    if (colon === 0) return { comment: line.slice(1) };
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (name === 'data') {
      this.#data.push(value);
      this.#length += value.length + 1;
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'id' && !value.includes('\0')) {
      this.#id = value;
    } else if (name === 'retry' && /^[0-9]+$/.test(value)) {
      return { retry: Number(value) };
    }
    return null;
  }

  #endEvent() {
    const item = this.#data.length === 0
      ? null
      : { event: this.#type || 'message', data: this.#data.join('\n'), id: this.#id };
    this.#data = [];
    this.#length = 0;
    this.#type = '';
    this.#id = null;
    return item;
  }
}

/** One stream log, read over as many connections as it takes. */
class ResumableStream {
  #options;
  #fetch;
  #requestUrl;
  #method;
  #headers;
  #body;
  #streamUrl = null;
  #streamId = null;
  #streamKnown = deferred();
  #lastEventId;
  #retryDelay;
  #failures = 0;
  #finished = false;
  #closed = false;
  #left = false; // closed by its user, not by an end of its own
  #connection = null;
  #wake = null;

  constructor(url, init = {}) {
    this.#options = { ...DEFAULTS };
    for (const name of Object.keys(DEFAULTS)) {
      if (init[name] !== undefined) this.#options[name] = init[name];
    }
    this.#fetch = init.fetch ?? globalThis.fetch.bind(globalThis);
    this.#requestUrl = new URL(url, globalThis.document?.baseURI);
    this.#method = (init.method ?? (init.body === undefined || init.body === null ? 'GET' : 'POST')).toUpperCase();
    this.#headers = new Headers(init.headers);
    this.#body = init.body;
    this.#retryDelay = this.#options.retryDelay;
    this.#lastEventId = String(init.lastEventId ?? '');
    this.credentials = init.credentials ?? (init.withCredentials ? 'include' : 'same-origin');
    if (init.idempotencyKey) this.#headers.set('Idempotency-Key', init.idempotencyKey);
    if (this.#method === 'GET') {
      this.#knowStream(this.#requestUrl, /\/([^/]+)\/stream$/.exec(this.#requestUrl.pathname)?.[1] ?? null);
    }
    if (init.signal?.aborted) this.close();
    init.signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  get url() { return this.#requestUrl.href; }
  get streamId() { return this.#streamId; }
  get lastEventId() { return this.#lastEventId; }
  get idempotencyKey() { return this.#headers.get('Idempotency-Key'); }
  get closed() { return this.#closed; }
  get left() { return this.#left; }

  /** Yields `{open}`, `{message}` and `{reconnecting}` until the terminal chunk; throws AgnoStreamError when it gives up. */
  async *run() {
    try {
      while (!this.#closed) {
        let failure;
        try {
          const response = await this.#connect();
          if (response === null) return;
          yield { open: true };
          yield* this.#read(response);
          if (this.#finished || this.#closed) return;
          failure = new AgnoStreamError('The connection ended before the terminal chunk.', { code: 'connection_lost', retryable: true });
        } catch (error) {
          if (this.#closed) return;
          failure = this.#asStreamError(error);
        } finally {
          this.#disconnect();
        }
        const delay = this.#delayAfter(failure);
        yield { reconnecting: { attempt: this.#failures, delay, error: failure } };
        if (!this.#closed) await this.#sleep(delay);
      }
    } finally {
      this.#end();
    }
  }

  close() {
    this.#left ||= !this.#closed;
    this.#end();
  }

  #end() {
    this.#closed = true;
    this.#streamKnown.resolve();
    this.#disconnect();
    this.#wake?.();
  }

  async cancel() {
    if (this.#finished) return false;
    await within(this.#streamKnown.promise, CANCEL_WAIT);
    if (this.#streamUrl === null) {
      // Nothing is known to cancel. Leaving is enough: the API cancels a job whose viewers have all left.
      this.close();
      return false;
    }
    const url = new URL(this.#streamUrl);
    url.pathname = url.pathname.replace(/\/stream$/, '');
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.#fetch(url.href, {
          method: 'DELETE', headers: this.#followUpHeaders(), credentials: this.credentials, signal: AbortSignal.timeout(this.#options.idleTimeout),
        });
        if (!response.ok && response.status !== 404 && response.status !== 410) throw await refusal(response);
        this.#wake?.(); // the terminal chunk is there to be read
        return response.ok;
      } catch (error) {
        const failure = this.#asStreamError(error);
        if (!failure.retryable || attempt === CANCEL_ATTEMPTS) throw failure;
        await pause(Math.min(failure.retryAfter ?? this.#retryDelay, this.#options.maxRetryDelay)).promise;
      }
    }
  }

  async #connect() {
    const request = this.#streamUrl === null ? await this.#firstRequest() : this.#resumption();
    const connection = this.#connection = new AbortController();
    const response = await this.#watched(connection, this.#fetch(request.url, {
      ...request, signal: connection.signal, credentials: this.credentials, cache: 'no-store',
    }));
    if (this.#closed || response.status === 204) return null;
    if (!response.ok) throw await this.#watched(connection, refusal(response));
    if (!/^text\/event-stream\b/i.test(response.headers.get('Content-Type') ?? '')) {
      throw new AgnoStreamError('The answer is not an event stream; the body must say "stream": true.',
        { code: 'not_a_stream', status: response.status, requestId: response.headers.get('X-Request-Id') });
    }
    this.#learnStream(response);
    return response;
  }

  async #firstRequest() {
    if (this.#method === 'POST' && !this.#headers.has('Idempotency-Key')) {
      this.#headers.set('Idempotency-Key', await randomKey());
    }
    const headers = new Headers(this.#headers);
    headers.set('Accept', 'text/event-stream');
    if (this.#lastEventId !== '') headers.set('Last-Event-ID', this.#lastEventId);
    return { url: this.#requestUrl.href, method: this.#method, headers, body: this.#body };
  }

  #resumption() {
    const headers = this.#followUpHeaders();
    headers.set('Accept', 'text/event-stream');
    if (this.#lastEventId !== '') headers.set('Last-Event-ID', this.#lastEventId);
    return { url: this.#streamUrl.href, method: 'GET', headers };
  }

  // What the caller sent with the POST, credentials above all, without what described the POST's body.
  #followUpHeaders() {
    const headers = new Headers(this.#headers);
    for (const name of ['Content-Type', 'Content-Length', 'Content-Encoding', 'Idempotency-Key']) headers.delete(name);
    return headers;
  }

  // Without these headers (another origin that does not expose them) the POST itself is repeated: its Idempotency-Key
  // attaches it to the same stream, and chunks that were seen are passed over.
  #learnStream(response) {
    if (this.#streamUrl !== null) return;
    const location = response.headers.get('Location');
    const id = response.headers.get('X-Stream-Id');
    let job = location === null ? null : new URL(location, this.#requestUrl);
    if (job?.origin !== this.#requestUrl.origin) job = null; // credentials go to the server they were meant for only
    if (job === null && id !== null) job = new URL(`${this.#requestUrl.pathname.replace(/\/$/, '')}/${encodeURIComponent(id)}`, this.#requestUrl);
    if (job === null) return;
    job.pathname = `${job.pathname.replace(/\/$/, '')}/stream`;
    this.#knowStream(job, id ?? job.pathname.split('/').at(-2));
  }

  #knowStream(streamUrl, streamId) {
    this.#streamUrl = streamUrl;
    this.#streamId = streamId;
    this.#streamKnown.resolve();
  }

  async *#read(response) {
    const parser = new EventStreamParser({ maxEventLength: this.#options.maxEventLength });
    const connection = this.#connection;
    const reader = response.body.getReader();
    while (!this.#closed) {
      const { value, done } = await this.#watched(connection, reader.read());
      if (done) return;
      for (const item of parser.push(value)) {
        if (item.retry !== undefined) {
          this.#retryDelay = Math.min(item.retry, this.#options.maxRetryDelay);
        } else if (item.comment !== undefined) {
          this.#failures = 0; // a heartbeat: the stream lives, it only has nothing to say
        } else if (this.#isNext(item)) {
          this.#failures = 0;
          this.#finished = isTerminal(item.data);
          yield { message: { type: item.event, data: item.data, lastEventId: this.#lastEventId } };
          if (this.#finished || this.#closed) return;
        }
      }
    }
  }

  // Sequence numbers are 1, 2, 3 …: one that was seen is passed over, one too far ahead is fetched again from the log.
  #isNext({ id }) {
    if (id === null) return true;
    if (/^[0-9]+$/.test(id) && /^[0-9]*$/.test(this.#lastEventId)) {
      const expected = Number(this.#lastEventId) + 1;
      if (Number(id) < expected) return false;
      if (Number(id) > expected) {
        throw new AgnoStreamError(`Chunk ${expected} is missing: chunk ${id} came instead.`, { code: 'chunk_missing', retryable: true });
      }
    }
    this.#lastEventId = id;
    return true;
  }

  #delayAfter(failure) {
    if (!failure.retryable || ++this.#failures > this.#options.maxRetries) throw failure;
    const spread = 1 + Math.random() / 2;
    if (failure.retryAfter !== null) {
      if (failure.retryAfter > this.#options.maxRetryAfter) throw failure;
      return failure.retryAfter * spread;
    }
    return Math.min(this.#retryDelay * 2 ** (this.#failures - 1), this.#options.maxRetryDelay) * spread;
  }

  // Cuts a connection on which nothing arrives, not even a heartbeat.
  async #watched(connection, promise) {
    const silence = this.#options.idleTimeout;
    const timer = setTimeout(() => {
      connection.abort(new AgnoStreamError(`Nothing arrived for ${silence} ms.`, { code: 'connection_idle', retryable: true }));
    }, silence);
    try {
      return await promise;
    } catch (error) {
      throw connection.signal.aborted ? connection.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #asStreamError(error) {
    if (error instanceof AgnoStreamError) return error;
    return new AgnoStreamError('The connection failed.', { code: 'connection_failed', retryable: true, cause: error });
  }

  #disconnect() {
    this.#connection?.abort();
    this.#connection = null;
  }

  async #sleep(delay) {
    const { promise, end } = pause(delay);
    this.#wake = end;
    globalThis.addEventListener?.('online', end);
    await promise;
    globalThis.removeEventListener?.('online', end);
    this.#wake = null;
  }
}

/** An event source that takes a method, headers and a body, and resumes by itself until the terminal chunk. */
export class AgnoEventSource extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;

  #stream;
  #readyState = AgnoEventSource.CONNECTING;
  #handlers = new Map();

  constructor(url, init) {
    super();
    this.#stream = new ResumableStream(url, init);
    queueMicrotask(() => this.#pump());
  }

  get CONNECTING() { return AgnoEventSource.CONNECTING; }
  get OPEN() { return AgnoEventSource.OPEN; }
  get CLOSED() { return AgnoEventSource.CLOSED; }
  get url() { return this.#stream.url; }
  get readyState() { return this.#stream.closed ? AgnoEventSource.CLOSED : this.#readyState; }
  get withCredentials() { return this.#stream.credentials === 'include'; }
  get streamId() { return this.#stream.streamId; }
  get lastEventId() { return this.#stream.lastEventId; }
  get idempotencyKey() { return this.#stream.idempotencyKey; }

  get onopen() { return this.#handler('open'); }
  set onopen(handler) { this.#handle('open', handler); }
  get onmessage() { return this.#handler('message'); }
  set onmessage(handler) { this.#handle('message', handler); }
  get onerror() { return this.#handler('error'); }
  set onerror(handler) { this.#handle('error', handler); }
  get onreconnecting() { return this.#handler('reconnecting'); }
  set onreconnecting(handler) { this.#handle('reconnecting', handler); }
  get onclose() { return this.#handler('close'); }
  set onclose(handler) { this.#handle('close', handler); }

  /** Stops listening at once, without a further event. The job is left to the API's policy for viewers that left. */
  close() { this.#stream.close(); }

  /** Cancels the job; the terminal chunk (`finish_reason: "cancelled"`) still arrives. True when there was a job to cancel. */
  cancel() { return this.#stream.cancel(); }

  async #pump() {
    let last = new Event('close');
    try {
      for await (const item of this.#stream.run()) this.#dispatch(item);
      if (this.#stream.left) return;
    } catch (error) {
      last = Object.assign(new Event('error'), { error, message: error.message });
    }
    this.dispatchEvent(last);
  }

  #dispatch({ open, message, reconnecting }) {
    if (open) {
      this.#readyState = AgnoEventSource.OPEN;
      this.dispatchEvent(new Event('open'));
    } else if (reconnecting) {
      this.#readyState = AgnoEventSource.CONNECTING;
      this.dispatchEvent(Object.assign(new Event('reconnecting'), reconnecting));
    } else {
      const { type, data, lastEventId } = message;
      this.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin: new URL(this.url).origin }));
    }
  }

  #handler(type) { return this.#handlers.get(type)?.handler ?? null; }

  #handle(type, handler) {
    const former = this.#handlers.get(type);
    if (former) this.removeEventListener(type, former.listener);
    this.#handlers.delete(type);
    if (typeof handler !== 'function') return;
    const listener = event => handler.call(this, event);
    this.#handlers.set(type, { handler, listener });
    this.addEventListener(type, listener);
  }
}

/** The chunks of a chat completion, parsed, to loop over with `for await`. Leaving the loop closes the stream. */
export function streamChat(url, init) {
  const stream = new ResumableStream(url, init);
  return {
    get url() { return stream.url; },
    get streamId() { return stream.streamId; },
    get lastEventId() { return stream.lastEventId; },
    get idempotencyKey() { return stream.idempotencyKey; },
    close: () => stream.close(),
    cancel: () => stream.cancel(),
    async *[Symbol.asyncIterator]() {
      for await (const { message } of stream.run()) {
        if (message) yield JSON.parse(message.data);
      }
    },
  };
}

function isTerminal(data) {
  if (!/"done"\s*:\s*true/.test(data)) return false; // cheap; a field of another object is told apart below
  try {
    return JSON.parse(data).done === true;
  } catch {
    return false;
  }
}

// The error an unsuccessful answer stands for; reads problem details (RFC 9457) and the OpenAI error shape.
async function refusal(response) {
  let problem = null;
  try {
    problem = JSON.parse(await response.text());
  } catch {
    // A proxy's page, or a body cut short: the status says enough.
  }
  const error = problem?.error ?? problem;
  return new AgnoStreamError(error?.detail ?? error?.message ?? error?.title ?? `The server answered ${response.status}.`, {
    code: error?.code ?? `http_${response.status}`,
    status: response.status,
    requestId: problem?.requestId ?? response.headers.get('X-Request-Id'),
    retryAfter: retryAfter(response.headers.get('Retry-After')),
    problem,
    retryable: HEALING_STATUS.has(response.status),
  });
}

// In milliseconds; the header holds seconds or a date (RFC 9110, 10.2.3).
function retryAfter(header) {
  if (header === null) return null;
  if (/^[0-9]+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

// randomUUID is missing on pages served over plain HTTP, and Node 18 has no global crypto.
async function randomKey() {
  const crypto = globalThis.crypto ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ 'node:crypto')).webcrypto;
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}

function deferred() {
  const it = {};
  it.promise = new Promise(resolve => { it.resolve = resolve; });
  return it;
}

function pause(duration) {
  const { promise, resolve } = deferred();
  const timer = setTimeout(resolve, duration);
  return { promise, end: () => { clearTimeout(timer); resolve(); } };
}

async function within(promise, limit) {
  const { promise: over, end } = pause(limit);
  await Promise.race([promise, over]);
  end();
}
