// How turns look. A view shows what its turn holds and keeps no state of its own but elements.

import { copyButton, MarkdownView } from './markdown.js';

export function element(name, className, text) {
  const it = document.createElement(name);
  if (className) it.className = className;
  if (text !== undefined) it.textContent = text;
  return it;
}

export function questionView(turn) {
  const article = element('article', 'turn question');
  article.append(element('h2', 'unseen', 'You asked'), element('p', 'words', turn.content));
  return article;
}

export class AnswerView {
  #turn;
  #prose = element('div', 'prose');
  #markdown = new MarkdownView(this.#prose);
  #byline = element('p', 'byline');
  #reasoning = element('details', 'reasoning');
  #thoughts = element('p', 'words');
  #waiting = element('p', 'waiting');
  #fault = element('div', 'fault');
  #facts = element('span', 'facts');
  #foot = element('div', 'foot');
  #actions;

  /** Actions: `again()` asks once more, `enterKey()` opens the key dialog. */
  constructor(turn, actions) {
    this.#turn = turn;
    this.#actions = actions;
    this.element = element('article', 'turn answer');
    this.#foot.append(this.#facts);
    if (navigator.clipboard) this.#foot.append(copyButton('Copy answer', () => turn.content));
    this.#reasoning.append(element('summary', '', 'Reasoning'), this.#thoughts);
    this.element.append(element('h2', 'unseen', 'Answer'), this.#byline, this.#reasoning, this.#prose, this.#waiting, this.#fault, this.#foot);
    this.show();
  }

  show() {
    const { content, reasoning, pending, error, finishReason } = this.#turn;
    this.element.classList.toggle('live', pending !== undefined);
    this.element.ariaBusy = String(pending !== undefined);
    this.#markdown.show(content, pending === undefined);
    this.#showByline();
    this.#reasoning.hidden = !reasoning;
    this.#thoughts.textContent = reasoning ?? '';
    this.#waiting.hidden = pending === undefined || content !== '';
    this.#waiting.textContent = waitingWords(this.#turn.wait);
    this.#foot.hidden = pending !== undefined || content === '';
    this.#facts.textContent = factWords(this.#turn);
    const fault = error ?? ending(finishReason, content);
    this.#fault.hidden = fault === null;
    if (fault !== null && this.#fault.childElementCount === 0) this.#showFault(fault);
  }

  // A script is not to be taken for an intelligence.
  #showByline() {
    const { model, provider } = this.#turn;
    const name = element('span', 'model', model);
    this.#byline.replaceChildren(...(provider?.startsWith('demo') ? [name, element('span', 'tag', 'scripted demo, not an AI')] : [name]));
  }

  #showFault({ title, message, code, requestId, mild }) {
    this.#fault.classList.toggle('mild', mild === true);
    this.#fault.append(element('p', 'fault-title', faultTitle(code) ?? title ?? 'Something went wrong.'));
    if (message) this.#fault.append(element('p', 'fault-message', message));
    const details = [code, requestId && `request ${requestId}`].filter(Boolean).join(', ');
    if (details) this.#fault.append(element('p', 'fault-details', details));
    const buttons = element('div', 'fault-actions');
    if (/unauthorized|api_key|http_401/.test(code ?? '')) buttons.append(this.#button('Enter an API key', this.#actions.enterKey));
    buttons.append(this.#button('Ask again', this.#actions.again));
    this.#fault.append(buttons);
  }

  #button(label, action) {
    const button = element('button', 'plain', label);
    button.type = 'button';
    button.addEventListener('click', action);
    return button;
  }
}

function ending(finishReason, content) {
  if (finishReason === 'cancelled') return { title: content === '' ? 'Stopped before the first word.' : 'Stopped.', mild: true };
  if (finishReason === 'length') return { title: 'The answer reached its length limit.', mild: true };
  if (finishReason === 'content_filter') return { title: 'The provider withheld the rest of this answer.', mild: true };
  return null;
}

function faultTitle(code = '') {
  if (/unauthorized|api_key|http_401/.test(code)) return 'This server asks for an API key.';
  if (/^(stream_expired|stream_lost|job_not_found)$/.test(code)) return 'The rest of this answer is no longer kept.';
  if (/^connection|chunk_missing/.test(code)) return 'The connection is lost.';
  if (/^(provider_|worker_lost|replay_|attempts_)/.test(code)) return 'The answer broke off.';
  return null; // the server's own title says it best
}

function waitingWords(wait) {
  if (wait?.status === 'queued' && wait.ahead > 0) return `Waiting in the queue, ${wait.ahead} ahead`;
  if (wait?.status === 'queued') return 'Waiting, next in the queue';
  return 'Waiting for the first word';
}

function factWords({ usage, askedAt, firstAt, endedAt }) {
  const facts = [];
  if (usage) facts.push(`${count(usage.prompt_tokens)} tokens in, ${count(usage.completion_tokens)} out`);
  if (firstAt) facts.push(`first word ${seconds(firstAt - askedAt)}`);
  if (endedAt && firstAt) facts.push(`${seconds(endedAt - askedAt)} in all`);
  return facts.join(' · ');
}

const count = number => Number(number).toLocaleString('en');
const seconds = duration => `${(Math.max(0, duration) / 1000).toFixed(duration < 10_000 ? 2 : 1)} s`;
