const eventSource = new EventSource('/api/v1/chat', {
  method: 'POST',
  headers: {
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    messages: [
      { role: 'user', content: 'Tell me a story about a robot named Max' }
    ],
    model: 'gpt-3.5-turbo',
    stream: true
  })
});

let responseText = '';

eventSource.onmessage = (event) => {
  const chunk = JSON.parse(event.data);
  responseText += chunk.content;
  
  // Update UI with the accumulated response
  document.getElementById('response').textContent = responseText;
  
  // Close the connection when done
  if (chunk.done) {
    eventSource.close();
  }
};

eventSource.onerror = (error) => {
  console.error('SSE error:', error);
  eventSource.close();
};
