// A fetch for OpenAI SDKs (npm openai, @openai/agents, AI SDK, LangChain) that continues a stream whose connection was cut.
// README.md shows how to pass it. The SDKs themselves do not resume: they hide the ids of events from their callers.

const TERMINAL = /^data: (\[DONE\]|\{"error":)/m;

/**
 * Wraps a fetch. A POST that streams is repeated with `Idempotency-Key` and `Last-Event-ID` after a cut; everything else passes unchanged.
 * `attempts` is the number of tries without a new event between them, `delay` the pause before each, in milliseconds.
 */
export function resumingFetch({ fetch = globalThis.fetch, attempts = 5, delay = 500 } = {}) {
  return async (url, init = {}) => {
    if (init.method?.toUpperCase() !== 'POST') return fetch(url, init);
    const headers = new Headers(init.headers);
    if (!headers.has('Idempotency-Key')) headers.set('Idempotency-Key', crypto.randomUUID());
    const send = () => fetch(url, { ...init, headers });
    const response = await send();
    if (!isStream(response)) return response;
    const events = resumed(response, send, headers, { signal: init.signal, attempts, delay });
    const body = new ReadableStream({
      async pull(controller) {
        const { done, value } = await events.next();
        if (done) controller.close();
        else controller.enqueue(new TextEncoder().encode(value));
      },
      cancel: () => { events.return(); },
    });
    return new Response(body, response);
  };
}

const isStream = response => response.ok && response.headers.get('Content-Type')?.startsWith('text/event-stream');

// Passes complete events only, and those without an id together with the next that has one: what a cut leaves over arrives again.
async function* resumed(response, send, headers, { signal, attempts, delay }) {
  let failures = 0;
  let cause;
  for (;;) {
    try {
      response ??= await send();
      if (response.status === 204) return;
      if (!isStream(response) && response.status < 500 && response.status !== 429) attempts = 0;
      let rest = '';
      let held = '';
      for await (const bytes of isStream(response) ? response.body.pipeThrough(new TextDecoderStream()) : []) {
        rest += bytes;
        for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
          const event = rest.slice(0, end + 2);
          rest = rest.slice(end + 2);
          const id = /^id: (.*)$/m.exec(event)?.[1];
          const last = TERMINAL.test(event);
          held += event;
          if (!id && !last) continue;
          failures = 0;
          if (id) headers.set('Last-Event-ID', id);
          yield held;
          if (last) return;
          held = '';
        }
      }
      cause = new Error(`The stream ended early (status ${response.status}).`);
    } catch (error) {
      if (signal?.aborted) throw error;
      cause = error;
    }
    if (++failures > attempts) throw cause;
    response = undefined;
    await new Promise(resolve => setTimeout(resolve, delay));
  }
}
