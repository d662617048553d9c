// Reads one answer into its turn until it has ended, over as many connections, tabs and reloads as that takes.

import { AgnoEventSource } from '../agno-chat.js';
import { alone, takeConnection } from './connections.js';
import { apiKey, authorization } from './store.js';

const BURST = 400;
const BURST_PAUSE = 1500;
const HIDDEN_PAUSE = 5000;
const KEPT_RESUMPTIONS = 20;

export class AnswerReader {
  #conversation;
  #turn;
  #listener;
  #source = null;
  #letGo = null; // ends the connection, not the answer
  #wake = null;
  #leaving = new AbortController();
  #background;

  /**
   * `listener` is called back: changed() after each event, problem({attempt, delay, error} or null) when the connection is lost or back, ended(error).
   * In the background an answer is read in bursts, by no more than one tab, and only where that needs no key.
   */
  constructor(conversation, turn, listener, { background = false } = {}) {
    this.#conversation = conversation;
    this.#turn = turn;
    this.#listener = listener;
    this.#background = background;
    this.stopping = false;
    this.isReading = false; // in this tab, not in another one
  }

  /** Resolves when the answer has ended or was left. */
  read() {
    return alone(this.#turn.id, () => this.#read(), { signal: this.#leaving.signal, ifFree: this.#background });
  }

  /** Stops reading; the answer goes on at the server. */
  leave() {
    this.#leaving.abort();
    this.#letGo?.();
    this.#wake?.();
    this.#conversation.flush();
  }

  /** Cancels the answer; its terminal chunk ends it for every tab. Only if the server cannot be told is it ended here. */
  async stop() {
    this.stopping = true;
    try {
      if (this.#source !== null ? await this.#source.cancel() : await this.#cancelByAddress()) return;
    } catch {
      // The server cannot be told; the answer goes on there, unread.
    }
    this.#letGo?.();
    if (this.#turn.pending) this.#end({ finishReason: 'cancelled' });
  }

  async #read() {
    this.#conversation.refresh(); // another tab may have read on meanwhile
    if (!this.#conversation.turns.includes(this.#turn)) return;
    this.isReading = true;
    const onVisibility = () => (document.hidden ? this.#turn.stream && this.#letGo?.() : this.#wake?.());
    document.addEventListener('visibilitychange', onVisibility);
    while (this.#turn.pending && !this.#leaving.signal.aborted) {
      const giveBack = document.hidden || this.#background ? null : await takeConnection();
      await this.#connect(giveBack === null);
      giveBack?.();
      if (this.#background) break;
      if (this.#turn.pending && giveBack === null) await this.#pause(document.hidden ? HIDDEN_PAUSE : BURST_PAUSE);
    }
    document.removeEventListener('visibilitychange', onVisibility);
    this.isReading = false;
    this.#conversation.flush();
  }

  // One connection with its reconnections, to the end of the answer or until it is let go.
  #connect(brief) {
    return new Promise(resolve => {
      const source = this.#source = this.#open();
      let lost = false;
      const close = () => {
        if (this.#source !== source) return;
        source.close();
        this.#source = this.#letGo = null;
        resolve();
      };
      this.#letGo = close;
      source.onopen = () => {
        this.#opened(source, brief, lost);
        lost = false;
        if (brief) setTimeout(close, BURST);
      };
      source.onmessage = event => {
        this.#receive(event);
        if (!this.#turn.pending) close();
      };
      source.onreconnecting = event => {
        lost = true;
        if (brief && this.#turn.stream) return close(); // the next burst tries again
        return this.#listener.problem(event);
      };
      source.onerror = ({ error }) => {
        if (!this.#background || error.status !== 401) this.#fail(error);
        close();
      };
      source.onclose = () => { // 204: every chunk had been delivered
        if (this.#turn.pending) this.#end({ finishReason: 'stop' });
        close();
      };
    });
  }

  #open() {
    const { stream, id, model, settings, watched } = this.#turn;
    if (stream) {
      const url = new URL(`api/v1/chat/${encodeURIComponent(stream.id)}/stream`, document.baseURI);
      url.searchParams.set('queue_position', 'true');
      const byToken = stream.token && (watched || apiKey.get() === '');
      if (byToken) url.searchParams.set('token', stream.token);
      return new AgnoEventSource(url, { headers: byToken ? {} : authorization(), lastEventId: stream.lastEventId });
    }
    return new AgnoEventSource('api/v1/chat', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...authorization() },
      // A reader who is away for a while finds the answer when the connection is back; only Stop cancels it.
      body: JSON.stringify({
        messages: this.#conversation.messagesFor(this.#turn), model, temperature: settings?.temperature, stream: true, on_disconnect: 'continue', queue_position: true,
      }),
      idempotencyKey: id,
      fetch: (...request) => fetch(...request).then(response => this.#note(response)),
    });
  }

  // What only the POST's answer tells.
  #note(response) {
    const { headers } = response;
    const id = headers.get('X-Stream-Id');
    if (response.ok && id !== null && !this.#turn.stream) {
      this.#turn.stream = { id, token: headers.get('X-Stream-Token'), requestId: headers.get('X-Request-Id'), lastEventId: '', resumedAt: [], reconnects: 0 };
      this.#conversation.save();
    }
    return response;
  }

  #opened(source, brief, lost) {
    const stream = this.#turn.stream ??= { id: source.streamId, lastEventId: '', resumedAt: [], reconnects: 0 };
    if (lost) stream.reconnects++;
    if (!brief && stream.lastEventId !== '') stream.resumedAt = [...stream.resumedAt, stream.lastEventId].slice(-KEPT_RESUMPTIONS);
    this.#listener.problem(null);
    this.#listener.changed();
  }

  #receive({ data, lastEventId }) {
    const turn = this.#turn;
    const chunk = JSON.parse(data);
    turn.model ??= chunk.model;
    turn.ahead = chunk.queue_position; // until the first chunk of the log
    if (chunk.content !== '') turn.firstAt ??= Date.now();
    if (chunk.reasoning) turn.reasoning = (turn.reasoning ?? '') + chunk.reasoning;
    for (const call of chunk.tool_calls ?? []) if (call.function?.name) (turn.tools ??= []).push(call.function.name);
    turn.content += chunk.content;
    if (turn.stream) turn.stream.lastEventId = lastEventId;
    if (chunk.done) {
      if (turn.stream && chunk.continuation) turn.stream.continuation = chunk.continuation;
      this.#end({ finishReason: chunk.finish_reason, usage: chunk.usage, error: chunk.error });
    } else {
      this.#conversation.saveSoon();
      this.#listener.changed();
    }
  }

  #fail(error) {
    const { code, message, problem, requestId, retryAfter } = error;
    this.#end({
      error: {
        code, message, requestId, title: problem?.title,
        retryAt: retryAfter === null ? undefined : Date.now() + retryAfter,
        resumable: this.#turn.stream !== undefined && !/^(stream_expired|stream_lost|job_not_found)$/.test(code),
      },
    });
  }

  #end(ending) {
    const turn = this.#turn;
    Object.assign(turn, ending, { endedAt: Date.now() });
    delete turn.pending;
    delete turn.ahead;
    this.#conversation.save();
    this.#listener.problem(null);
    this.#listener.ended(turn);
    if (turn.stream && !turn.watched && !ending.error) this.#learnMore();
  }

  // The server's own times, which hold even if this page was away, and who answered.
  async #learnMore() {
    try {
      const response = await fetch(this.#address(), { headers: authorization() });
      if (!response.ok) return;
      const { provider, started_at: started, ended_at: ended } = await response.json();
      this.#turn.provider = provider;
      if (started && ended) this.#turn.generation = Date.parse(ended) - Date.parse(started);
      this.#conversation.save();
      this.#listener.changed();
    } catch {
      // The answer is complete without it.
    }
  }

  async #cancelByAddress() {
    return this.#turn.stream !== undefined && (await fetch(this.#address(), { method: 'DELETE', headers: authorization() })).ok;
  }

  #address() { return `api/v1/chat/${encodeURIComponent(this.#turn.stream.id)}`; }

  #pause(duration) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, duration);
      this.#wake = () => { clearTimeout(timer); resolve(); };
      if (this.#leaving.signal.aborted) this.#wake();
    });
  }
}
