// The OpenAI SDKs of npm over connections that are cut: node resume-sdks.mjs <base address> <key>; prints what it saw as JSON.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled } from '@openai/agents';
import { streamText } from 'ai';
import OpenAI from 'openai';
import { through } from './cuts.mjs';
import { resumingFetch } from './resuming-fetch.mjs';

setTracingDisabled(true);
const [, , address, apiKey] = process.argv;
const prompt = 'Hello';
const extra = { top_k: 7, chat_template_kwargs: { enable_thinking: false } };

/** What a client did with a stream: its text, and its error. */
async function read(pieces) {
  const result = { text: '' };
  try {
    for await (const piece of pieces()) result.text += piece;
  } catch (error) {
    result.status = error.status ?? error.statusCode ?? error.cause?.statusCode;
    result.error = error.name === 'Error' ? error.constructor.name : error.name;
  }
  return result;
}

// Each with the unknown fields, at the place that the client has for them.
const clients = {
  openai: ({ url, fetch, headers, maxRetries, model }) => read(async function* () {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, fetch, maxRetries });
    const stream = await client.chat.completions.create({ model, stream: true, messages: [{ role: 'user', content: prompt }], ...extra }, { headers });
    for await (const chunk of stream) yield chunk.choices[0]?.delta?.content ?? '';
  }),
  '@openai/agents': ({ url, fetch, headers, maxRetries, model }) => read(async function* () {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, fetch, maxRetries, defaultHeaders: headers });
    const agent = new Agent({ name: 'Agent', model: new OpenAIChatCompletionsModel(client, model), modelSettings: { providerData: extra } });
    const result = await run(agent, prompt, { stream: true });
    yield* result.toTextStream();
    await result.completed;
  }),
  '@ai-sdk/openai-compatible': ({ url, fetch, headers, maxRetries, model }) => read(async function* () {
    const provider = createOpenAICompatible({ name: 'agno', baseURL: `${url}/v1`, apiKey, fetch, headers });
    const stream = streamText({ model: provider(model), prompt, maxRetries, providerOptions: { agno: extra }, onError() {} });
    for await (const part of stream.fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') yield part.text;
    }
  }),
  '@langchain/openai': ({ url, fetch, headers, maxRetries, model }) => read(async function* () {
    const client = new ChatOpenAI({ model, apiKey, maxRetries, modelKwargs: extra, configuration: { baseURL: `${url}/v1`, fetch, defaultHeaders: headers } });
    for await (const piece of await client.stream(prompt)) yield piece.content;
  }),
};

const seen = [];
for (const [name, client] of Object.entries(clients)) {
  const base = { maxRetries: 0, model: 'fake-story' };
  const cut = {};
  for (const reset of [true, false]) {
    const how = reset ? 'reset' : 'ended';
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    cut[how] = await through(address, { reset, cuts: 1 }, url => client({ ...base, url, headers }));
    cut[`${how}Repeated`] = await client({ ...base, url: address, headers });
    cut[`${how}Resumed`] = await through(address, { reset }, url => client({ ...base, url, fetch: resumingFetch({ delay: 10 }) }));
  }
  const refused = {};
  for (const status of [400, 401, 429]) refused[status] = await client({ ...base, url: address, model: `fake-${status}` });
  const retried = await client({ url: address, model: `fake-flaky-${name}`, maxRetries: 1 });
  seen.push({ client: name, ...cut, refused, retried });
}

// A cut at every place of a short answer, the finish reason and the usage included; past its end, there is nothing to cut.
const everywhere = [];
for (let events = 1; events <= 12; events++) {
  everywhere.push(await through(address, { events, cuts: 1 }, async url => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, fetch: resumingFetch({ delay: 10 }) });
    const result = { text: '', finish: [], usage: [] };
    const messages = [{ role: 'user', content: prompt }];
    for await (const chunk of await client.chat.completions.create({ model: 'fake-short', stream: true, stream_options: { include_usage: true }, messages })) {
      result.text += chunk.choices[0]?.delta?.content ?? '';
      if (chunk.choices[0]?.finish_reason) result.finish.push(chunk.choices[0].finish_reason);
      if (chunk.usage) result.usage.push(chunk.usage.total_tokens);
    }
    return result;
  }));
}

// No response gets beyond the event with the role, which has no id.
const stuck = await through(address, { events: 1, cuts: 99 }, url => clients.openai({ url, maxRetries: 0, model: 'fake-short', fetch: resumingFetch({ attempts: 2, delay: 10 }) }));
console.log(JSON.stringify({ seen, everywhere, stuck }));
process.exit(); // whatever a client leaves running
