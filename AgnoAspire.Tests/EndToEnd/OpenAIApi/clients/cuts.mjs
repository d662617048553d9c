// A way to the API on which the first responses are cut in mid-answer, and a record of what each request asked for.
import { once } from 'node:events';
import http from 'node:http';

/**
 * Cuts the first `cuts` streams inside the event after number `events`: with `reset` the connection breaks, otherwise the response
 * ends as if it were complete, as some proxies do.
 */
export async function cuttingProxy(target, { cuts = 2, events = 3, reset = true } = {}) {
  const requests = [];
  let left = cuts;
  const server = http.createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const request = { method, key: headers['idempotency-key'], after: headers['last-event-id'] ?? new URL(url, target).searchParams.get('lastEventId') ?? undefined };
    requests.push(request);
    const upstream = http.request(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } }, response => {
      request.status = response.statusCode;
      outgoing.writeHead(response.statusCode, response.headers);
      outgoing.flushHeaders();
      if (left === 0 || !response.headers['content-type']?.startsWith('text/event-stream')) {
        response.pipe(outgoing);
        return;
      }
      left--;
      let text = '';
      response.setEncoding('utf8').on('data', data => {
        const sent = text.length;
        text += data;
        const at = endOf(text, events);
        if (at < 0 || text.length < at + PARTIAL) {
          outgoing.write(text.slice(sent));
          return;
        }
        request.cut = true;
        response.destroy();
        const rest = text.slice(sent, at + PARTIAL);
        if (reset) outgoing.write(rest, () => outgoing.destroy());
        else outgoing.end(rest);
      }).on('end', () => outgoing.end());
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close: () => { server.close(); server.closeAllConnections(); } };
}

// How much of the next event still arrives: its id, and the beginning of its data.
const PARTIAL = 12;

function endOf(text, events) {
  let at = 0;
  for (let found = 0; found < events; found++) {
    at = text.indexOf('\n\n', at) + 2;
    if (at < 2) return -1;
  }
  return at;
}

/** What a run did: its result, and the requests it took. */
export async function through(target, options, run) {
  const proxy = await cuttingProxy(target, options);
  try {
    const result = await run(proxy.url);
    const keys = new Set(proxy.requests.filter(request => request.method === 'POST').map(request => request.key));
    return { ...result, requests: proxy.requests.length, cuts: proxy.requests.filter(request => request.cut).length, keys: keys.size, resumedAfter: proxy.requests.slice(1).map(request => request.after) };
  } finally {
    proxy.close();
  }
}
