// npm ai with @ai-sdk/openai-compatible: node ai.mjs <base address> <key>; prints what it saw as JSON.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { ending } from './cancelled.mjs';

const [, , address, apiKey] = process.argv;
const provider = createOpenAICompatible({ name: 'agno', baseURL: `${address}/v1`, apiKey, includeUsage: true });
const prompt = 'Hello';
const seen = {};

const stream = streamText({ model: provider('fake-text'), prompt, maxRetries: 0 });
seen.stream = { text: '' };
for await (const piece of stream.textStream) {
  seen.stream.text += piece;
}
seen.stream.finish = await stream.finishReason;
seen.stream.tokens = (await stream.usage).totalTokens;

const whole = await generateText({ model: provider('fake-text'), prompt, maxRetries: 0 });
seen.whole = { text: whole.text, finish: whole.finishReason };

try {
  await generateText({ model: provider('none-such'), prompt, maxRetries: 0 });
} catch (error) {
  seen.refused = { status: error.statusCode, code: error.data?.error?.code };
}

seen.broken = { text: '' };
for await (const part of streamText({ model: provider('fake-error'), prompt, maxRetries: 0, onError() {} }).fullStream) {
  if (part.type === 'text-delta') {
    seen.broken.text += part.text;
  } else if (part.type === 'error') {
    seen.broken.error = typeof part.error === 'string' ? part.error : part.error.message ?? JSON.stringify(part.error);
  }
}

let asked;
const tools = { weather: tool({ inputSchema: z.object({ city: z.string() }), execute: async input => { asked = input.city; return 'sunny'; } }) };
const agent = streamText({ model: provider('fake-tools'), prompt, tools, stopWhen: stepCountIs(3), maxRetries: 0 });
seen.tool = { text: (await agent.text), city: asked };

const abort = new AbortController();
let count = 0;
let id;
const slow = createOpenAICompatible({
  name: 'agno', baseURL: `${address}/v1`, apiKey,
  fetch: async (...request) => {
    const response = await fetch(...request);
    id = response.headers.get('x-stream-id');
    return response;
  },
});
for await (const part of streamText({ model: slow('fake-slow'), prompt, abortSignal: abort.signal, maxRetries: 0, onError() {} }).fullStream) {
  if (part.type === 'text-delta' && !abort.signal.aborted && ++count === 3) {
    abort.abort();
  } else if (part.type === 'abort') {
    seen.aborted = { count, job: await ending(address, apiKey, id) };
  }
}

console.log(JSON.stringify(seen));
