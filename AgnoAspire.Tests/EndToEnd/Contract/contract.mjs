// The JavaScript sample of the streaming contract on a real EventSource: the POST names the stream, the EventSource reads it.
import { createRequire } from 'node:module';

const [base, packages] = process.argv.slice(2);
const { EventSource } = createRequire(`${packages}/`)('eventsource');

const posted = await fetch(`${base}/api/v1/chat`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    messages: [{ role: 'user', content: 'Tell me a story about a robot named Max' }],
    model: 'gpt-3.5-turbo',
    stream: true,
  }),
});
const eventSource = new EventSource(new URL(`${posted.headers.get('Location')}/stream`, posted.url));

let responseText = '';

eventSource.onmessage = (event) => {
  const chunk = JSON.parse(event.data);
  responseText += chunk.content;

  // Close the connection when done
  if (chunk.done) {
    eventSource.close();
    console.log(responseText);
    process.exit(0);
  }
};

eventSource.onerror = (error) => {
  console.error('SSE error:', error);
  eventSource.close();
  process.exit(1);
};
