// What a typed caller writes has to compile, and what is wrong must not.

import { AgnoEventSource, AgnoStreamError, EventStreamParser, streamChat } from '../../../clients/agno-chat.js';
import type { AgnoStreamInit, ChatChunk, ChatCompletion } from '../../../clients/agno-chat.js';

const completion: ChatCompletion = { messages: [{ role: 'user', content: 'Hello' }], model: 'demo', stream: true };
const init: AgnoStreamInit = { method: 'POST', headers: { Authorization: 'Bearer k' }, body: JSON.stringify(completion), maxRetries: 3 };

export function listen(): AgnoEventSource {
  const source = new AgnoEventSource('/api/v1/chat', init);
  source.onmessage = event => {
    const chunk = JSON.parse(event.data) as ChatChunk;
    document.title += chunk.content;
  };
  source.onerror = ({ error }) => console.error(error.code, error.status, error.requestId);
  source.addEventListener('reconnecting', ({ attempt, delay }) => console.info(attempt.toFixed(), delay.toFixed()));
  if (source.readyState === AgnoEventSource.CLOSED) source.close();
  return source;
}

export async function loop(): Promise<string> {
  let text = '';
  const stream = streamChat(new URL('http://localhost:8000/api/v1/chat'), init);
  try {
    for await (const { content, done, usage, error } of stream) {
      text += content;
      if (done) console.info(usage?.total_tokens, error?.message);
    }
  } catch (error) {
    if (!(error instanceof AgnoStreamError && error.retryable)) throw error;
    await stream.cancel();
  }
  return text;
}

export function parse(bytes: Uint8Array): string[] {
  return [...new EventStreamParser().push(bytes)].flatMap(item => ('data' in item ? [item.data] : []));
}

// @ts-expect-error a model is needed
export const incomplete: ChatCompletion = { messages: [], stream: true };
// @ts-expect-error there is no such option
export const misspelt: AgnoStreamInit = { maxRetry: 3 };
// @ts-expect-error the state is not to be set
listen().readyState = 2;
