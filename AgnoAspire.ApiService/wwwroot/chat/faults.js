// What to say when an answer waits, fails or ends without the words that were hoped for.

import { hasWords } from './store.js';

const NEEDS_KEY = /unauthorized|api_key|http_401/;

export const needsKey = error => NEEDS_KEY.test(error?.code ?? '');

/** The fault of an ended answer, {title, message, details, mild}, or null. */
export function faultOf(turn) {
  const { error, finishReason, pending } = turn;
  if (pending) return null;
  if (error) {
    const details = [error.code, error.requestId && `request ${error.requestId}`].filter(Boolean).join(', ');
    return { title: titleOf(error, turn.watched), message: error.message, details };
  }
  const title = endingOf(finishReason, hasWords(turn), turn.tools);
  return title === null ? null : { title, mild: true };
}

function endingOf(finishReason, words, tools = []) {
  const names = tools.length > 0 ? `: ${[...new Set(tools)].join(', ')}` : '';
  if (finishReason === 'tool_calls') return `The model asked for a tool${names}. This page has none to offer.`;
  if (finishReason === 'cancelled') return words ? 'Stopped.' : 'Stopped before the first word.';
  if (finishReason === 'length') return 'The answer reached its length limit.';
  if (finishReason === 'content_filter') return words ? 'The provider withheld the rest of this answer.' : 'The provider withheld this answer.';
  return words ? null : 'The model gave an empty answer.';
}

function titleOf({ code = '', title }, watched) {
  if (NEEDS_KEY.test(code)) return watched ? 'This link is no longer valid.' : 'This server asks for an API key.';
  if (/^(stream_expired|stream_lost|job_not_found)$/.test(code)) return 'The rest of this answer is no longer kept.';
  if (/^connection|chunk_missing/.test(code)) return 'The connection is lost.';
  if (/^(provider_error|provider_closed|provider_malformed|provider_timeout|worker_lost|replay_|attempts_)/.test(code)) return 'The answer broke off.';
  if (code === 'provider_rejected') return 'The provider refused this request.';
  return title ?? 'Something went wrong.';
}

/** Why the connection is tried again; a countdown to the next attempt is added where the server named a time. */
export function problemWords({ error, delay }) {
  if (error.status === 0 || error.status === 502 || error.status === 504) return { words: 'Connection lost, trying again…' };
  const what = (error.problem?.title ?? error.message).replace(/\.$/, '');
  return { words: what, until: Date.now() + delay };
}

export const waitingWords = ({ ahead, problem }) => problem ?? (ahead > 0 ? `Waiting in the queue, ${ahead} ahead` : 'Waiting for the first word');

export const inSeconds = until => {
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return left < 100 ? `${left} s` : `${Math.ceil(left / 60)} min`;
};
