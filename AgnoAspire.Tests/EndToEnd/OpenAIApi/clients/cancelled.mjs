// How a job ended whose client went away: asked of the API while the client's process still lives, so that it was the abort that did it.
export async function ending(address, key, id) {
  const limit = Date.now() + 30_000;
  for (;;) {
    const response = await fetch(`${address}/api/v1/chat/${id.replace('chatcmpl-', '')}`, { headers: { Authorization: `Bearer ${key}` } });
    const { status } = await response.json();
    if (!['queued', 'running'].includes(status) || Date.now() > limit) return status;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
