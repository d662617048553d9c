// Prints a streamed chat. AgnoEventSource is an EventSource that takes method, headers and body, and resumes by itself.
// Usage: node samples/javascript/chat.mjs [base URL]
import { AgnoEventSource } from '../../clients/agno-chat.js';

const base = process.argv[2] ?? 'http://localhost:8000';
const eventSource = new AgnoEventSource(`${base}/api/v1/chat`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    messages: [{ role: 'user', content: 'Tell me a story about a robot named Max' }],
    model: 'gpt-3.5-turbo',
    stream: true,
  }),
});

eventSource.onmessage = (event) => {
  const chunk = JSON.parse(event.data);
  process.stdout.write(chunk.content);
  if (chunk.done) {
    eventSource.close();
  }
};

eventSource.onerror = ({ error }) => {
  console.error(error.message);
  process.exitCode = 1;
};
