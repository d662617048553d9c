// The conversation this tab shows: asks, edits, stops, and keeps what is shown in step with what is stored.

import { AnswerReader } from './answer.js';
import { $, randomId } from './dom.js';
import { problemWords } from './faults.js';
import { announce, showConnection, toast } from './notices.js';
import { keepUp, toEnd } from './scroll.js';
import { Conversation, currentId, hasWords, modelSettings, onChange, remove } from './store.js';
import { AnswerView, QuestionView } from './transcript.js';

export class ChatSession {
  conversation = new Conversation();
  #views = new Map();
  #reader = null;
  #isDrawing = false;
  #rest = 0;
  #models;
  #changed;
  #actions;

  /** `changed()` is called when another conversation is shown, or an answer begins or ends. */
  constructor(models, { changed, enterKey }) {
    this.#models = models;
    this.#changed = changed;
    this.#actions = {
      edit: (turn, words) => this.#cut(turn, 'Edited.', () => this.ask(words)),
      remove: turn => this.#cut(turn, 'Deleted from here.'),
      again: turn => this.#cut(turn, null, () => this.#answer()),
      resume: turn => this.#resume(turn),
      enterKey,
    };
    onChange(change => this.#onChange(change));
    addEventListener('pagehide', () => { if (this.isAnswering) this.conversation.save(); });
  }

  get isAnswering() { return this.conversation.pending !== null; }

  get isStopping() { return this.#reader?.stopping === true; }

  open(id) {
    this.#show(Conversation.load(id) ?? new Conversation());
    toEnd();
  }

  startNew() {
    this.#show(new Conversation());
    scrollTo({ top: 0, behavior: 'instant' });
    announce('A new chat.');
  }

  ask(words) {
    this.conversation.turns.push({ id: randomId(), role: 'user', content: words });
    this.#answer();
  }

  /** Asks again for what was refused for want of a key. */
  retry() {
    const { last } = this.conversation;
    if (last?.error?.resumable) this.#resume(last);
    else if (last?.error) this.#actions.again(last);
  }

  async stop() {
    const stopped = this.#reader?.stop();
    this.#changed();
    await stopped;
  }

  /** Removes a conversation, and returns how to take that back. */
  remove(id) {
    const isShown = id === this.conversation.id;
    const { pending } = (isShown ? this.conversation : Conversation.load(id)) ?? {};
    if (isShown) this.#leave();
    if (pending) new AnswerReader(new Conversation(), pending, { ended() {}, changed() {}, problem() {} }).stop();
    const restore = remove(id);
    if (isShown) this.startNew();
    return () => {
      restore();
      if (isShown && this.conversation.turns.length === 0) this.open(id);
    };
  }

  #answer() {
    const settings = modelSettings.get();
    this.conversation.turns.push({
      id: randomId(), role: 'assistant', content: '', model: this.#models.model, demo: this.#models.isDemo || undefined,
      settings: Object.keys(settings).length > 0 ? settings : undefined, askedAt: Date.now(), pending: true,
    });
    this.conversation.save();
    this.#render();
    this.#read();
    toEnd();
    announce('Asked. The answer is on its way.');
  }

  // Ends the conversation before a turn, and goes on from there; the undo brings back what was cut, and only that.
  #cut(turn, words, then) {
    const before = structuredClone(this.conversation.turns);
    if (this.isAnswering) this.#reader?.stop();
    this.#leave();
    const at = this.conversation.turns.indexOf(turn);
    const isAnswer = turn.role === 'assistant';
    this.conversation.turns.length = isAnswer && !then ? at - 1 : at;
    this.conversation.save();
    this.#render();
    const { id } = this.conversation;
    then?.();
    this.#changed();
    const lost = hasWords(turn) || at < before.length - 1;
    toast(words ?? (lost ? 'Asked again.' : null), () => {
      if (this.conversation.id === id && this.isAnswering) this.stop();
      new Conversation(id, before).save();
      this.open(id);
    });
  }

  #resume(turn) {
    delete turn.error;
    delete turn.endedAt;
    turn.pending = true;
    this.conversation.save();
    this.#read();
    this.#draw();
  }

  #show(conversation) {
    this.#leave();
    for (const { element } of this.#views.values()) element.remove();
    this.#views.clear();
    this.conversation = conversation;
    currentId.set(conversation.id);
    this.#render();
    if (this.isAnswering) this.#read();
    this.#changed();
  }

  #leave() {
    this.#reader?.leave();
    this.#reader = null;
    showConnection('');
  }

  #read() {
    const turn = this.conversation.pending;
    this.#reader?.leave();
    const reader = this.#reader = new AnswerReader(this.conversation, turn, {
      changed: () => this.#drawSoon(),
      problem: problem => this.#problem(turn, problem),
      ended: () => this.#ended(turn),
    });
    this.#changed();
    reader.read();
  }

  #problem(turn, problem) {
    if (turn !== this.conversation.last) return;
    const { words, until } = problem === null ? { words: '' } : problemWords(problem);
    if (problem?.attempt === 1) announce(words);
    showConnection(words, until, text => {
      Object.defineProperty(turn, 'problem', { value: text || undefined, enumerable: false, configurable: true }); // not stored
      this.#drawSoon();
    });
  }

  #ended(turn) {
    if (turn !== this.conversation.last) return;
    this.#draw();
    this.#changed();
    announce(turn.error ? `The answer failed. ${turn.error.message}` : turn.finishReason === 'cancelled' ? 'Stopped.' : 'The answer is complete.');
  }

  // Once a frame; less often where an answer has grown so long that drawing it takes its time.
  #drawSoon() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setTimeout(requestAnimationFrame, this.#rest, () => this.#draw());
  }

  #draw() {
    this.#isDrawing = false;
    const began = performance.now();
    this.#views.get(this.conversation.last?.id)?.show();
    keepUp();
    const took = performance.now() - began;
    this.#rest = took < 8 ? 0 : took * 3;
  }

  #render() {
    const { turns } = this.conversation;
    const kept = new Map(turns.map(turn => [turn.id, this.#views.get(turn.id)]).filter(([, view]) => view));
    for (const [id, view] of this.#views) if (!kept.has(id)) view.element.remove();
    this.#views = kept;
    for (const turn of turns) {
      if (kept.has(turn.id)) continue;
      const view = turn.role === 'user' ? new QuestionView(turn, this.#actions) : new AnswerView(turn, this.#actions);
      kept.set(turn.id, view);
      $('transcript').append(view.element);
    }
  }

  // Another tab asked, read on, edited or deleted.
  #onChange({ id, here, full }) {
    if (full) toast('This browser\'s storage is full, so this conversation is not saved. Delete an old one from the list.');
    if (here || (id !== this.conversation.id && id !== undefined) || this.conversation.turns.length === 0) return;
    if (this.conversation.refresh(this.#reader?.isReading ? this.conversation.last.id : null)) {
      for (const view of this.#views.values()) view.show();
      keepUp();
      this.#changed();
    } else {
      this.#show(this.conversation);
    }
  }
}
