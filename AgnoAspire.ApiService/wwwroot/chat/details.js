// What a reader may want to know about one answer's stream, and the ways to go on with it elsewhere.

import { apiKey } from './store.js';
import { button, copyButton, element } from './dom.js';

let number = 0;

export class DetailsView {
  #turn;
  #facts = element('dl', 'detail-facts');
  #after = element('input');
  #curl = element('code');
  #watch = element('a', '', 'Open it here');
  #watchRow = element('div', 'detail-row');
  #events = element('span');
  #chosen = false; // whether the reader named the event to resume after

  constructor(turn) {
    this.#turn = turn;
    this.element = element('section', 'details');
    this.element.id = `details-${++number}`;
    this.element.ariaLabel = `Details of answer ${number}`;
    this.element.hidden = true;
    this.toggle = button('Details', () => this.#toggle(), 'copy');
    this.toggle.setAttribute('aria-expanded', 'false');
    this.toggle.setAttribute('aria-controls', this.element.id);
    this.#build();
  }

  show() {
    if (this.element.hidden || !this.#turn.stream) return;
    const received = Number(this.#turn.stream.lastEventId);
    this.#facts.replaceChildren(...factsOf(this.#turn).flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)]));
    this.#after.max = String(received);
    if (!this.#chosen) this.#after.value = String(this.#turn.pending ? received : Math.floor(received / 2));
    this.#events.textContent = `of ${received}`;
    this.#curl.textContent = this.#command();
    const { id, token } = this.#turn.stream;
    this.#watchRow.hidden = !token;
    this.#watch.href = watchAddress(id, token);
  }

  #build() {
    this.#after.type = 'number';
    this.#after.min = '0';
    this.#after.id = `${this.element.id}-after`;
    this.#after.addEventListener('input', () => {
      this.#chosen = this.#after.value !== '';
      this.#curl.textContent = this.#command();
    });
    const label = element('label', '', 'Resume it in a terminal, after event');
    label.htmlFor = this.#after.id;
    const resume = element('div', 'detail-row');
    resume.append(label, this.#after, this.#events, copyButton('Copy curl command', 'Copy', () => this.#command()));
    const box = element('pre', 'detail-code');
    box.tabIndex = 0;
    box.dir = 'ltr';
    box.append(this.#curl);
    this.#watch.target = '_blank';
    this.#watch.rel = 'noopener';
    this.#watchRow.append(
      element('span', '', 'Watch this answer on another device, without a key'),
      copyButton('Copy link to watch this answer', 'Copy link', () => this.#watch.href), this.#watch);
    this.element.append(this.#facts, resume, box, this.#watchRow);
  }

  #toggle() {
    this.element.hidden = !this.element.hidden;
    this.toggle.setAttribute('aria-expanded', String(!this.element.hidden));
    this.show();
  }

  #command() {
    const { id, token, lastEventId } = this.#turn.stream;
    const url = new URL(`api/v1/chat/${encodeURIComponent(id)}/stream`, document.baseURI);
    if (token && (this.#turn.watched || apiKey.get() !== '')) url.searchParams.set('token', token); // opens this stream only, unlike the key
    return `curl -N '${url}' -H 'Last-Event-ID: ${this.#chosen ? this.#after.value : this.#turn.pending ? lastEventId || '0' : this.#after.value}'`;
  }
}

/** The page's address with the stream and its token in the fragment, which no server and no log ever sees. */
const watchAddress = (id, token) => new URL(`#watch=${encodeURIComponent(id)}.${token}`, document.baseURI.replace(/#.*$/, '')).href;

/** The turn that an address asks to watch, or null. */
export function watchedTurn({ hash }) {
  const [, id, token] = /^#watch=([^.]+)\.([\w-]+)$/.exec(hash) ?? [];
  if (id === undefined) return null;
  return { id, role: 'assistant', content: '', watched: true, pending: true, stream: { id: decodeURIComponent(id), token, lastEventId: '', resumedAt: [], reconnects: 0 } };
}

function factsOf({ stream, provider, usage, generation, askedAt, firstAt, settings }) {
  const facts = [['Stream', stream.id], ['Events received', stream.lastEventId || '0']];
  if (stream.resumedAt.length > 0) facts.push(['Resumed', stream.resumedAt.map(event => `at event ${event}`).join(', ')]);
  facts.push(['Reconnects', String(stream.reconnects)]);
  if (stream.continuation) facts.push(['Continuation', CONTINUATIONS[stream.continuation] ?? stream.continuation]);
  if (provider) facts.push(['Provider', provider]);
  if (stream.requestId) facts.push(['Request', stream.requestId]);
  if (usage) facts.push(['Tokens', `${usage.prompt_tokens} in, ${usage.completion_tokens} out${usage.estimated ? ' (estimated)' : ''}`]);
  if (usage && generation > 0) facts.push(['Speed', `${(usage.completion_tokens / generation * 1000).toFixed(1)} tokens/s`]);
  if (firstAt && askedAt) facts.push(['First word', `${(Math.max(0, firstAt - askedAt) / 1000).toFixed(2)} s`]);
  if (settings?.temperature !== undefined) facts.push(['Temperature', String(settings.temperature)]);
  if (settings?.system) facts.push(['System prompt', settings.system]);
  return facts;
}

const CONTINUATIONS = {
  replay: 'another worker replayed it',
  prefix: 'another worker went on from the words sent',
  fail: 'its worker was lost',
};
