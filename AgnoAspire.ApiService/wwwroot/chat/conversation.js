// The conversation of this tab. It lives in sessionStorage, so a reload finds the answer it interrupted.

const CONVERSATION = 'agno-aspire.conversation';
const KEY = 'agno-aspire.api-key';
const MODEL = 'agno-aspire.model';
const SAVE_AFTER = 250;

/**
 * A turn is {role, content}; an answer also has reasoning, model, provider, finishReason, usage, error {code, message, requestId},
 * the times askedAt, firstAt and endedAt (ms since 1970), and while it is under way `pending`:
 * {key, streamId, lastEventId}. Content and lastEventId are always saved together: they are one point in the stream.
 */
export class Conversation {
  #timer = null;

  constructor() {
    this.turns = read(sessionStorage, CONVERSATION) ?? [];
  }

  get answer() {
    const last = this.turns.at(-1);
    return last?.role === 'assistant' ? last : null;
  }

  add(turn) {
    this.turns.push(turn);
    this.save();
    return turn;
  }

  removeLast() {
    this.turns.pop();
    this.save();
  }

  clear() {
    this.turns = [];
    this.save();
  }

  /** What a model is told: every turn that has words, up to the answer that is asked for. */
  messagesBefore(answer) {
    return this.turns.slice(0, this.turns.indexOf(answer))
      .filter(turn => turn.content !== '')
      .map(({ role, content }) => ({ role, content }));
  }

  saveSoon() {
    this.#timer ??= setTimeout(() => this.save(), SAVE_AFTER);
  }

  save() {
    clearTimeout(this.#timer);
    this.#timer = null;
    write(sessionStorage, CONVERSATION, this.turns);
  }
}

export const apiKey = {
  get: () => read(sessionStorage, KEY) ?? '',
  set: key => write(sessionStorage, KEY, key === '' ? null : key),
};

export const chosenModel = {
  get: () => read(localStorage, MODEL),
  set: id => write(localStorage, MODEL, id),
};

function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}

// Storage can be full or forbidden; the conversation then lives as long as the page does.
function write(storage, name, value) {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, JSON.stringify(value));
  } catch (error) {
    console.warn('The conversation could not be saved for a reload.', error.name);
  }
}
