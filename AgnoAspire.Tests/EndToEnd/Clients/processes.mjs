// Real processes for tests of clients: an API and a worker over one Redis. A test that uses them is run as
// `node <test> <Redis connection string> <API assembly> <worker assembly> [<folder of npm packages> <Chromium>]`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';

const START_LIMIT = 60_000;
const [redis, apiAssembly, workerAssembly, packages, chromium] = process.argv.slice(2);

/** The path of the browser to drive. */
export const browserPath = chromium;

/** Loads an npm package from where the test's caller installed it. */
export const installed = name => createRequire(`${packages}/`)(name);

/** The path of the accessibility engine, which runs inside of a page. */
export const axePath = () => createRequire(`${packages}/`).resolve('axe-core/axe.min.js');

const environment = {
  ...process.env,
  ConnectionStrings__redis: redis,
  ChatJobs__KeyPrefix: `test-${randomBytes(6).toString('hex')}`,
  ASPNETCORE_ENVIRONMENT: 'Development',
  DOTNET_gcServer: '0',
};

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** One service; `kill` ends it as a crash would, `start` brings it back at the same address. */
class Service {
  #assembly;
  #settings;
  #child = null;
  #output = '';

  constructor(assembly, url, settings) {
    this.#assembly = assembly;
    this.url = url;
    this.#settings = settings;
  }

  async start() {
    this.#child = spawn('dotnet', [this.#assembly], { env: { ...environment, ...this.#settings, ASPNETCORE_URLS: this.url }, stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => this.#child.kill('SIGKILL')); // also when the test itself is cut off
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      pipe.on('data', data => { this.#output = (this.#output + data).slice(-8000); });
    }
    const limit = Date.now() + START_LIMIT;
    while (!await answers(`${this.url}/health`)) {
      assert.ok(this.#child.exitCode === null && Date.now() < limit, `${this.#assembly} did not start:\n${this.#output}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  async kill() {
    if (this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/**
 * Starts both; the worker's demo model says a word every `pace` (hh:mm:ss.fff) and runs `slots` jobs at once; pages of `origin` may call. With `provider`,
 * the address of a provider, its model `scripted` is served too. `settings` are further ones of the API, whose `key` is needed if it has any.
 */
export async function startServices({ pace = '00:00:00.015', slots = 64, origin, provider, settings = {}, key }) {
  const [apiPort, workerPort] = [await freePort(), await freePort()];
  const api = new Service(apiAssembly, `http://127.0.0.1:${apiPort}`, { ...origin === undefined ? {} : { ChatApi__CorsOrigins__0: origin }, ...settings });
  const scripted = provider === undefined ? {} : { Providers__scripted__Endpoint: provider, Models__scripted__Provider: 'scripted' };
  const worker = new Service(workerAssembly, `http://127.0.0.1:${workerPort}`, { Worker__MaxConcurrentJobs: `${slots}`, Providers__demo__TokenDelay: pace, ...scripted });
  const services = { api, worker, stop: () => Promise.all([api.kill(), worker.kill()]) };
  try {
    await Promise.all([api.start(), worker.start()]);
    await waitUntil('the API knows a model', async () => (await complete(api.url, [{ role: 'user', content: 'Hello' }], 1, key)) !== null);
  } catch (error) {
    await services.stop();
    throw error;
  }
  return services;
}

/** A server of empty pages, known by two origins. */
export async function startPages() {
  const server = http.createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return { url: `http://127.0.0.1:${port}`, unnamedUrl: `http://localhost:${port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

/** The whole answer, not streamed; the demo model says the same to the same conversation every time. */
export async function complete(url, messages, maxTokens, key) {
  const response = await fetch(`${url}/api/v1/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...key === undefined ? {} : { Authorization: `Bearer ${key}` } },
    body: JSON.stringify({ messages, model: 'demo', max_tokens: maxTokens }),
  });
  return response.ok ? (await response.json()).content : null;
}

export async function waitUntil(what, condition, limit = 30_000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** A way to the API on which every connection breaks after so many bytes of answers. */
export async function breakingProxy(target, bytes) {
  const { port } = new URL(target);
  let broken = 0;
  const server = net.createServer(client => {
    const upstream = net.connect(Number(port), '127.0.0.1');
    let left = bytes;
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.end());
    client.pipe(upstream);
    upstream.on('data', data => {
      client.write(data.subarray(0, left));
      left -= data.length;
      if (left > 0) return;
      broken++;
      client.end();
      upstream.destroy();
      left = 0;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, get broken() { return broken; }, close: () => server.close() };
}
