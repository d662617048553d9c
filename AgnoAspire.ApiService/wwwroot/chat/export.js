// A conversation as a Markdown file.

import { Conversation } from './store.js';
import { faultOf } from './faults.js';

export function toMarkdown({ title, turns }) {
  const parts = [`# ${title}`];
  for (const turn of turns) {
    parts.push(turn.role === 'user' ? '## You' : `## ${turn.model}${turn.demo ? ' (scripted demo, not an AI)' : ''}`);
    if (turn.reasoning) parts.push(`<details><summary>Reasoning</summary>\n\n${turn.reasoning}\n\n</details>`);
    if (turn.content !== '') parts.push(turn.content);
    const fault = turn.role === 'assistant' ? faultOf(turn) : null;
    if (fault !== null) parts.push(`*${fault.title}*`);
  }
  return `${parts.join('\n\n')}\n`;
}

export function download(id) {
  const conversation = Conversation.load(id);
  if (conversation === null) return;
  const url = URL.createObjectURL(new Blob([toMarkdown(conversation)], { type: 'text/markdown' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${conversation.title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60) || 'conversation'}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
