// What the browser keeps. Conversations are in localStorage: every tab shows them, and closing one loses nothing.
// The API key is in sessionStorage: it is forgotten with its tab.

import { randomId } from './dom.js';

const PREFIX = 'agno-aspire.';
const TURNS = `${PREFIX}conversation.`;
const HEAD = `${PREFIX}title.`;
const SAVE_AFTER = 500;
const TITLE_LENGTH = 80;

const events = new EventTarget();
const local = open('localStorage');
const session = open('sessionStorage');

/** Calls back with {id, here}: a conversation changed, in this tab or in another one. Also with {full} when it could not be saved. */
export const onChange = listener => events.addEventListener('change', event => listener(event.detail));

addEventListener('storage', ({ key }) => {
  const prefix = [TURNS, HEAD].find(it => key?.startsWith(it));
  if (key === null || prefix) changed({ id: key?.slice(prefix.length), here: false });
});

/**
 * Turns alternate: a question {id, role, content}, then its answer, which also has reasoning, tools, model, demo, provider, settings, finishReason,
 * usage, error {code, title, message, requestId, retryAt, resumable}, the times askedAt, firstAt and endedAt (ms since 1970), generation (ms),
 * stream {id, token, requestId, lastEventId, resumedAt, reconnects, continuation}, and `pending` while it is under way. Content and lastEventId are always
 * saved together: they are one point in the stream.
 */
export class Conversation {
  #timer = null;
  #isSaved = false;

  constructor(id = randomId(), turns = []) {
    this.id = id;
    this.turns = turns;
  }

  /** The conversation of this id, or null. */
  static load(id) {
    const turns = read(local, TURNS + id);
    if (turns === null) return null;
    const conversation = new Conversation(id, turns);
    conversation.#isSaved = true;
    return conversation;
  }

  get last() { return this.turns.at(-1); }

  get pending() { return this.last?.pending ? this.last : null; }

  get title() {
    const head = read(local, HEAD + this.id);
    return head?.named ? head.title : titleOf(this.turns);
  }

  /** What the model gets. A question that never got a word is left out, so that roles alternate and one bad question spoils no other. */
  messagesFor(answer) {
    const messages = answer.settings?.system ? [{ role: 'system', content: answer.settings.system }] : [];
    for (let at = 0; at < this.turns.length; at += 2) {
      const [question, reply] = [this.turns[at], this.turns[at + 1]];
      const asked = reply === answer;
      if (asked || hasWords(reply)) messages.push({ role: 'user', content: question.content });
      if (asked) break;
      if (hasWords(reply)) messages.push({ role: 'assistant', content: reply.content });
    }
    return messages;
  }

  saveSoon() {
    this.#timer ??= setTimeout(() => this.save(), SAVE_AFTER);
  }

  save() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.turns.length === 0) {
      remove(this.id);
      return;
    }
    this.#isSaved = write(local, TURNS + this.id, this.turns);
    if (!this.#isSaved) changed({ full: true });
    const former = read(local, HEAD + this.id);
    const head = { title: this.title, named: former?.named, at: this.last.askedAt ?? 0, running: this.pending !== null };
    if (JSON.stringify(former) === JSON.stringify(head)) return;
    write(local, HEAD + this.id, head);
    changed({ id: this.id, here: true });
  }

  /** Saves at once what would be saved soon. */
  flush() {
    if (this.#timer !== null) this.save();
  }

  /** Takes over what another tab has saved, but for the answer that this tab reads. True if the turns are the same; their objects then stay too. */
  refresh(readHere = null) {
    if (!this.#isSaved) return true;
    const fresh = read(local, TURNS + this.id) ?? [];
    const same = fresh.length === this.turns.length && fresh.every(({ id }, at) => this.turns[at].id === id);
    if (same) fresh.forEach((turn, at) => { if (turn.id !== readHere) replace(this.turns[at], turn); });
    else this.turns = fresh;
    return same;
  }
}

/** The heads of all conversations, newest first: {id, title, at, running}. */
export function list() {
  return Object.keys(local).filter(key => key.startsWith(HEAD))
    .map(key => ({ id: key.slice(HEAD.length), ...read(local, key) }))
    .sort((a, b) => b.at - a.at);
}

export function rename(id, title) {
  write(local, HEAD + id, { ...read(local, HEAD + id), title, named: true });
  changed({ id, here: true });
}

/** Removes a conversation; the result brings it back. */
export function remove(id) {
  const former = [TURNS + id, HEAD + id].map(key => [key, local.getItem(key)]);
  for (const [key] of former) local.removeItem(key);
  changed({ id, here: true });
  return () => {
    for (const [key, value] of former) if (value !== null) local.setItem(key, value);
    changed({ id, here: true });
  };
}

const setting = (storage, name, fallback) => ({
  get: () => read(storage, PREFIX + name) ?? fallback,
  set: value => write(storage, PREFIX + name, value),
});

export const apiKey = setting(session, 'api-key', '');
export const currentId = setting(session, 'current', null);
export const chosenModel = setting(local, 'model', null);
export const modelSettings = setting(local, 'settings', {});
export const listShown = setting(local, 'list', null);

export const authorization = (key = apiKey.get()) => (key === '' ? {} : { Authorization: `Bearer ${key}` });

export const hasWords = answer => answer !== undefined && answer.content.trim() !== '';

function titleOf(turns) {
  const words = (turns[0]?.content ?? '').replace(/\s+/g, ' ').trim();
  return words.length > TITLE_LENGTH ? `${words.slice(0, TITLE_LENGTH - 1)}…` : words;
}

function replace(turn, fresh) {
  for (const name of Object.keys(turn)) if (!(name in fresh)) delete turn[name];
  Object.assign(turn, fresh);
}

function changed(detail) {
  events.dispatchEvent(new CustomEvent('change', { detail }));
}

// Where storage is forbidden, reading it throws; the conversations then live as long as the page does.
function open(name) {
  try {
    return globalThis[name];
  } catch {
    return Object.create({
      getItem(key) { return this[key] ?? null; },
      setItem(key, value) { this[key] = value; },
      removeItem(key) { delete this[key]; },
    });
  }
}

function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}

// False when the storage is full.
function write(storage, name, value) {
  try {
    storage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
