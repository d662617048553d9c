// npm openai: node openai.mjs <base address> <key>; prints what it saw as JSON.
import OpenAI from 'openai';
import { ending } from './cancelled.mjs';

const [, , address, apiKey] = process.argv;
const client = new OpenAI({ baseURL: `${address}/v1`, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Hello' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
const seen = {};

seen.models = (await client.models.list()).data.map(model => model.id);

const stream = await client.chat.completions.create({ model: 'fake-text', messages, stream: true, stream_options: { include_usage: true } });
seen.stream = { text: '' };
for await (const chunk of stream) {
  seen.stream.text += chunk.choices[0]?.delta?.content ?? '';
  seen.stream.finish = chunk.choices[0]?.finish_reason ?? seen.stream.finish;
  seen.stream.tokens = chunk.usage?.total_tokens ?? seen.stream.tokens;
}

const whole = await client.chat.completions.create({ model: 'fake-text', messages });
seen.whole = { text: whole.choices[0].message.content, finish: whole.choices[0].finish_reason };

try {
  await client.chat.completions.create({ model: 'none-such', messages });
} catch (error) {
  seen.refused = { status: error.status, code: error.code, param: error.param };
}

try {
  await new OpenAI({ baseURL: `${address}/v1`, apiKey: 'wrong', maxRetries: 0 }).models.list();
} catch (error) {
  seen.locked = { status: error.status, code: error.code };
}

seen.broken = { text: '' };
try {
  for await (const chunk of await client.chat.completions.create({ model: 'fake-error', messages, stream: true })) {
    seen.broken.text += chunk.choices[0]?.delta?.content ?? '';
  }
} catch (error) {
  seen.broken.code = error.code;
}

const calling = await client.chat.completions.stream({ model: 'fake-tools', messages, tools }).finalChatCompletion();
const [call] = calling.choices[0].message.tool_calls;
const answered = await client.chat.completions.create({
  model: 'fake-tools', messages: [...messages, calling.choices[0].message, { role: 'tool', tool_call_id: call.id, content: 'sunny' }], tools,
});
seen.tool = { name: call.function.name, arguments: call.function.arguments, text: answered.choices[0].message.content };

const endless = await client.chat.completions.create({ model: 'fake-slow', messages, stream: true });
let count = 0;
let id;
for await (const chunk of endless) {
  id = chunk.id;
  // What had arrived with the third chunk still follows the abort.
  if (!endless.controller.signal.aborted && ++count === 3) {
    endless.controller.abort();
  }
}
seen.aborted = { count, job: await ending(address, apiKey, id) };

console.log(JSON.stringify(seen));
