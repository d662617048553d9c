// A provider with the OpenAI protocol that does what the last question says. It remembers the messages it was sent.

import { once } from 'node:events';
import http from 'node:http';

const VOCABULARY = 'the robot walked along a quiet river and counted every lamp until the morning came with a pale light over the hills'.split(' ');

const HEBREW = '# כותרת ראשונה\n\nשלום, זו תשובה בעברית עם **הדגשה** וקוד `npm install`.\n\n- פריט ראשון\n- פריט שני\n\n> ציטוט קצר\n\n'
  + '```js\nconst x = 1;\n```\n\nAnd one paragraph in English.';

const MARKDOWN = '# A queue and a log\n\nBoth move messages from one place to another.\n\n| | queue | log |\n|---|---|---|\n| a reader | takes the message | keeps a position |\n'
  + '| replay | no | **yes** |\n\n#### Choose\n\n1. Pick a queue for *work*.\n2. Pick a log for *history*.\n\n> A log is a table that only grows.\n\n'
  + '| a second | table |\n|---|---|\n| with | rows |\n\n```js\nfor await (const chunk of streamChat(\'/api/v1/chat\', { method: \'POST\', body })) {\n  process.stdout.write(chunk.content);\n}\n```\n\n'
  + '```text\nA second block.\n```\n\nSee [the standard](https://html.spec.whatwg.org/multipage/server-sent-events.html).';

/** Text of so many words: paragraphs, with a heading now and then. */
export function prose(words) {
  let text = '';
  for (let at = 0; at < words; at++) {
    const heading = at % 300 === 0 ? `## Part ${at / 300 + 1}\n\n` : '';
    text += (at % 60 === 0 ? (at === 0 ? heading : `\n\n${heading}`) : ' ') + VOCABULARY[(at * 7) % VOCABULARY.length];
  }
  return text;
}

const answerTo = question => {
  if (question.includes('Hebrew')) return HEBREW;
  if (question.includes('Markdown')) return MARKDOWN;
  return prose(Number(/(\d+) words/.exec(question)?.[1] ?? 40));
};

async function respond(request, response, received) {
  let body = '';
  for await (const part of request) body += part;
  if (body === '') return response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"object":"list","data":[{"id":"scripted"}]}');
  const { messages } = JSON.parse(body);
  received.push(messages);
  const question = messages.at(-1).content;
  if (question.includes('beyond the context')) {
    return response.writeHead(400, { 'Content-Type': 'application/json' })
      .end('{"error":{"message":"The context length is 4096 tokens.","code":"context_length_exceeded","type":"invalid_request_error"}}');
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const send = (choices, extra) => response.write(`data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices, ...extra })}\n\n`);
  const say = (delta, finish = null) => send([{ index: 0, delta, finish_reason: finish }]);
  const end = (tokens, finish = 'stop') => {
    say({}, finish);
    send([], { usage: { prompt_tokens: 9, completion_tokens: tokens, total_tokens: 9 + tokens } });
    response.end('data: [DONE]\n\n');
  };
  if (question.includes('say nothing')) return end(0);
  if (question.includes('call a tool')) {
    say({ tool_calls: [{ index: 0, id: 'x', type: 'function', function: { name: 'get_weather', arguments: '{}' } }] });
    return end(5, 'tool_calls');
  }
  if (question.includes('think')) say({ reasoning_content: 'The reader wants a short answer.' });
  if (question.includes('wait')) return undefined; // until it is cancelled
  const words = answerTo(question).split(/(?<=\s)(?=\S)/);
  const rate = Number(/at (\d+)/.exec(question)?.[1] ?? 1000);
  const began = Date.now();
  let said = 0;
  const timer = setInterval(() => {
    for (const due = Math.floor((Date.now() - began) / 1000 * rate) + 1; said < words.length && said < due; said++) say({ content: words[said] });
    if (said < words.length) return;
    clearInterval(timer);
    end(said);
  }, 10);
  return response.on('close', () => clearInterval(timer));
}

export async function startProvider() {
  const received = [];
  const server = http.createServer((request, response) => { respond(request, response, received); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/v1`, received, close: () => { server.closeAllConnections(); server.close(); } };
}
