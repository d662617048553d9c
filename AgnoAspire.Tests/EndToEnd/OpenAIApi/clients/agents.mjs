// npm @openai/agents: node agents.mjs <base address> <key>; prints what it saw as JSON.
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { ending } from './cancelled.mjs';

setTracingDisabled(true);
const [, , address, apiKey] = process.argv;
let id;
const client = new OpenAI({
  baseURL: `${address}/v1`, apiKey, maxRetries: 0,
  fetch: async (...request) => {
    const response = await fetch(...request);
    id = response.headers.get('x-stream-id');
    return response;
  },
});
const agent = (model, tools = []) => new Agent({ name: 'Agent', model: new OpenAIChatCompletionsModel(client, model), tools });
const seen = {};

async function read(result, seen, onText = () => {}) {
  for await (const piece of result.toTextStream()) {
    seen.text += piece;
    onText();
  }
  await result.completed;
}

seen.stream = { text: '' };
const streamed = await run(agent('fake-text'), 'Hello', { stream: true });
await read(streamed, seen.stream);
seen.stream.tokens = streamed.state.usage.totalTokens;
seen.whole = { text: (await run(agent('fake-text'), 'Hello')).finalOutput };

try {
  await run(agent('none-such'), 'Hello');
} catch (error) {
  seen.refused = { status: error.status, code: error.code };
}

seen.broken = { text: '' };
try {
  await read(await run(agent('fake-error'), 'Hello', { stream: true }), seen.broken);
} catch (error) {
  seen.broken.code = error.code;
}

let city;
const weather = tool({ name: 'weather', description: 'The weather', parameters: z.object({ city: z.string() }), execute: async input => { city = input.city; return 'sunny'; } });
seen.tool = { text: (await run(agent('fake-tools', [weather]), 'Hello')).finalOutput, city };

const abort = new AbortController();
let count = 0;
try {
  await read(await run(agent('fake-slow'), 'Hello', { stream: true, signal: abort.signal }), { text: '' }, () => { if (++count === 3) abort.abort(); });
} catch { /* how it reports its own abort is its affair */ }
seen.aborted = { job: await ending(address, apiKey, id) };

console.log(JSON.stringify(seen));
process.exit();
