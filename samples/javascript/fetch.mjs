// Prints a streamed chat with fetch alone. Usage: node samples/javascript/fetch.mjs [base URL]
const base = process.argv[2] ?? 'http://localhost:8000';
const response = await fetch(`${base}/api/v1/chat`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    messages: [{ role: 'user', content: 'Tell me a story about a robot named Max' }],
    model: 'gpt-3.5-turbo',
    stream: true,
  }),
});
if (!response.ok) {
  throw new Error(await response.text());
}

let rest = '';
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines.filter((line) => line.startsWith('data: '))) {
    process.stdout.write(JSON.parse(line.slice(6)).content);
  }
}
