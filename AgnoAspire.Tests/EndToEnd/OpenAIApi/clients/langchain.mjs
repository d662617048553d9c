// npm @langchain/openai: node langchain.mjs <base address> <key>; prints what it saw as JSON.
import { ChatOpenAI } from '@langchain/openai';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ending } from './cancelled.mjs';

const [, , address, apiKey] = process.argv;
const model = name => new ChatOpenAI({ model: name, apiKey, maxRetries: 0, configuration: { baseURL: `${address}/v1` } });
const seen = {};

seen.stream = { text: '' };
for await (const piece of await model('fake-text').stream('Hello')) {
  seen.stream.text += piece.content;
  seen.stream.tokens = piece.usage_metadata?.total_tokens ?? seen.stream.tokens;
}

seen.whole = { text: (await model('fake-text').invoke('Hello')).content };

try {
  await model('none-such').invoke('Hello');
} catch (error) {
  seen.refused = { status: error.status, code: error.code };
}

seen.broken = { text: '' };
try {
  for await (const piece of await model('fake-error').stream('Hello')) {
    seen.broken.text += piece.content;
  }
} catch (error) {
  seen.broken.code = error.code;
}

const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
const bound = model('fake-tools').bindTools(tools);
const calling = await bound.invoke([new HumanMessage('Hello')]);
const [call] = calling.tool_calls;
const answered = await bound.invoke([new HumanMessage('Hello'), calling, new ToolMessage({ tool_call_id: call.id, content: 'sunny' })]);
seen.tool = { name: call.name, city: call.args.city, text: answered.content };

const abort = new AbortController();
let count = 0;
let id;
try {
  for await (const piece of await model('fake-slow').stream('Hello', { signal: abort.signal })) {
    id = piece.id ?? id;
    if (!abort.signal.aborted && ++count === 3) {
      abort.abort();
    }
  }
} catch (error) {
  seen.aborted = { count, error: error.name };
}
seen.aborted = { ...seen.aborted, count, job: await ending(address, apiKey, id) };

console.log(JSON.stringify(seen));
