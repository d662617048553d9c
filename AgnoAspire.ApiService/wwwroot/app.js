// The chat page: wires the conversation, its views and the stream of the answer under way.

import { AgnoEventSource } from './agno-chat.js';
import { apiKey, Conversation } from './chat/conversation.js';
import { authorization, ModelPicker } from './chat/models.js';
import { AnswerView, questionView } from './chat/transcript.js';

const QUEUE_POLL = 1500;
const FIRST_POLL = 300;
const NEAR_END = 96;

const EXAMPLES = ['Tell me a story about a robot named Max', 'Explain Server-Sent Events to a web developer', 'Compare a queue and a log in a small table'];
const STORIES = ['Tell me a story about a robot named Max', 'A bedtime story about a lighthouse that was afraid of the dark', 'A story about two snails who deliver the post'];

const $ = id => document.getElementById(id);
const prompt = $('prompt');
const transcript = $('transcript');
const touch = matchMedia('(hover: none) and (pointer: coarse)');

const conversation = new Conversation();
const models = new ModelPicker($('model'), showWelcome);
let live = null; // {answer, view, source, poll, drawing, rest, stopping} while an answer is under way

function ask(words) {
  if (live !== null || words.trim() === '') return;
  transcript.append(questionView(conversation.add({ role: 'user', content: words.trim() })));
  showWelcome();
  answerLast();
}

function answerLast() {
  const answer = conversation.add({
    role: 'assistant', content: '', model: models.model, provider: models.isDemo ? 'demo' : undefined,
    askedAt: Date.now(), pending: { key: randomKey(), streamId: null, lastEventId: '' },
  });
  follow(answer, show(answer));
  toEnd();
}

// Starts the stream of an answer, or goes on with it after a reload: by its id, or by its key if no id had arrived.
function follow(answer, view) {
  const { key, streamId, lastEventId } = answer.pending;
  const source = streamId !== null
    ? new AgnoEventSource(`api/v1/chat/${encodeURIComponent(streamId)}/stream`, { headers: authorization(), lastEventId })
    : new AgnoEventSource('api/v1/chat', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...authorization() },
      // A reader who is away for a while finds the answer when the connection is back; only Stop and New chat cancel it.
      body: JSON.stringify({ messages: conversation.messagesBefore(answer), model: answer.model, stream: true, on_disconnect: 'continue' }),
      idempotencyKey: key,
    });
  live = { answer, view, source, poll: null, drawing: false, rest: 0, stopping: false };
  source.onopen = () => opened(answer, source);
  source.onmessage = event => receive(answer, event);
  source.onreconnecting = event => reconnecting(event);
  source.onerror = ({ error }) => finish(answer, {
    error: { code: error.code, title: error.problem?.title, message: error.message, requestId: error.requestId },
  });
  source.onclose = () => { if (answer.pending) finish(answer, { finishReason: 'stop' }); };
  showComposer();
  if (streamId === null) announce('Asked. The answer is on its way.');
}

function opened(answer, source) {
  showConnection('');
  if (answer.pending.streamId === null) {
    answer.pending.streamId = source.streamId;
    conversation.save();
  }
  if (live.poll === null) live.poll = setTimeout(lookAtJob, FIRST_POLL, answer);
}

function receive(answer, event) {
  const chunk = JSON.parse(event.data);
  if (chunk.content !== '') answer.firstAt ??= Date.now();
  if (chunk.reasoning) answer.reasoning = (answer.reasoning ?? '') + chunk.reasoning;
  answer.content += chunk.content;
  answer.pending.lastEventId = event.lastEventId;
  if (chunk.done) {
    finish(answer, { finishReason: chunk.finish_reason, usage: chunk.usage, error: chunk.error });
    return;
  }
  conversation.saveSoon();
  drawSoon();
}

// Once a frame; less often where an answer has grown so long that drawing it takes its time.
function drawSoon() {
  if (live.drawing) return;
  live.drawing = true;
  setTimeout(requestAnimationFrame, live.rest, draw);
}

function draw() {
  if (live === null) return;
  const began = performance.now();
  const follows = nearEnd();
  live.view.show();
  if (follows) toEnd();
  const took = performance.now() - began;
  live.rest = took < 8 ? 0 : took * 3;
  live.drawing = false;
}

function reconnecting({ attempt, error }) {
  showConnection(error.status === 0 || error.status === 502 ? 'Connection lost, trying again…' : `${error.message} Trying again…`);
  if (attempt === 1) announce('Connection lost, trying again.');
}

// Until the first word: the place in the queue. Once in any case: which provider answers.
async function lookAtJob(answer) {
  try {
    const response = await fetch(`api/v1/chat/${encodeURIComponent(answer.pending.streamId)}`, { headers: authorization() });
    if (response.ok && live?.answer === answer) {
      const job = await response.json();
      answer.provider = job.provider ?? answer.provider;
      answer.wait = { status: job.status, ahead: job.queue_position ?? 0 };
      draw();
    }
  } catch {
    // The stream itself tells whether the server is there.
  }
  if (live?.answer === answer && answer.content === '') live.poll = setTimeout(lookAtJob, QUEUE_POLL, answer);
}

function finish(answer, { finishReason, usage, error }) {
  const { view, poll } = live;
  clearTimeout(poll);
  Object.assign(answer, { finishReason, usage, error, endedAt: Date.now() });
  delete answer.pending;
  delete answer.wait;
  conversation.save();
  const follows = nearEnd();
  live = null;
  view.show();
  if (follows) toEnd();
  showConnection('');
  showComposer();
  announce(error ? `The answer failed. ${error.message}` : finishReason === 'cancelled' ? 'Stopped.' : 'The answer is complete.');
}

// The terminal chunk ends the answer as for everyone else; only if the server cannot be told is it ended here.
async function stop() {
  const { answer, source, stopping } = live;
  live.stopping = true;
  showComposer();
  try {
    if (!stopping && (await source.cancel() || source.readyState !== AgnoEventSource.CLOSED)) return;
  } catch {
    // The server cannot be told; the answer goes on there, unread.
  }
  source.close();
  if (answer.pending) finish(answer, { finishReason: 'cancelled' });
}

function again() {
  if (live !== null) return;
  conversation.removeLast();
  transcript.lastElementChild.remove();
  answerLast();
}

function show(turn) {
  if (turn.role === 'user') {
    transcript.append(questionView(turn));
    return null;
  }
  const view = new AnswerView(turn, { again, enterKey: openKey });
  for (const earlier of transcript.querySelectorAll('.fault-actions')) earlier.remove(); // only the last can be asked again
  transcript.append(view.element);
  return view;
}

function newChat() {
  if (live !== null) {
    const { source, answer, poll } = live;
    source.cancel().catch(() => source.close());
    clearTimeout(poll);
    source.onmessage = source.onerror = source.onclose = source.onreconnecting = source.onopen = null;
    delete answer.pending;
    live = null;
  }
  conversation.clear();
  transcript.replaceChildren();
  showWelcome();
  showConnection('');
  showComposer();
  announce('A new chat.');
  prompt.focus();
}

function showWelcome() {
  $('welcome').hidden = conversation.turns.length > 0;
  $('welcome-note').textContent = models.isDemo
    ? 'The model here is a scripted demo, not an AI: it tells short stories, to show how answers stream. Reload in the middle of one, and it goes on where it was.'
    : 'Answers arrive word by word. Reload the page or lose the connection in the middle of one, and it goes on where it was.';
  const examples = models.isDemo ? STORIES : EXAMPLES;
  document.querySelectorAll('.example').forEach((example, at) => { example.textContent = examples[at]; });
}

function showComposer() {
  const button = $('send');
  const answering = live !== null;
  button.classList.toggle('stops', answering);
  button.ariaLabel = answering ? (live.stopping ? 'Stopping' : 'Stop') : 'Send';
  button.disabled = answering ? live.stopping : prompt.value.trim() === '';
}

function showConnection(words) {
  $('connection').textContent = words;
  document.body.classList.toggle('reconnecting', words !== '');
}

// A live region speaks what changes: the same words twice need a change between them.
function announce(words) {
  $('announcer').textContent = '';
  requestAnimationFrame(() => { $('announcer').textContent = words; });
}

function nearEnd() {
  return document.documentElement.scrollHeight - innerHeight - scrollY < NEAR_END;
}

function toEnd() {
  scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
}

function openKey() {
  $('key').value = apiKey.get();
  $('key-dialog').returnValue = 'cancel';
  $('key-dialog').showModal();
}

function keyGiven() {
  const choice = $('key-dialog').returnValue;
  if (choice === 'save') apiKey.set($('key').value.trim());
  if (choice === 'forget') apiKey.set('');
  $('key').value = '';
  if (choice !== 'cancel') models.load();
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}

function send() {
  const words = prompt.value;
  if (live !== null || words.trim() === '') return;
  prompt.value = '';
  fitPrompt();
  ask(words);
}

// The field grows with its text; the content security policy allows styles set through the CSSOM.
function fitPrompt() {
  prompt.style.height = 'auto';
  prompt.style.height = `${Math.min(prompt.scrollHeight, innerHeight * 0.4)}px`;
  showComposer();
}

$('composer').addEventListener('submit', event => {
  event.preventDefault();
  if (live !== null) stop();
  else send();
});
prompt.addEventListener('input', fitPrompt);
prompt.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch.matches) return;
  event.preventDefault();
  send();
});
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && live !== null && !$('key-dialog').open) stop();
});
$('new-chat').addEventListener('click', newChat);
$('open-key').addEventListener('click', openKey);
$('forget-key').addEventListener('click', () => $('key-dialog').close('forget'));
$('leave-key').addEventListener('click', () => $('key-dialog').close('cancel'));
$('key-dialog').addEventListener('close', keyGiven);
$('latest').addEventListener('click', toEnd);
for (const example of document.querySelectorAll('.example')) example.addEventListener('click', () => ask(example.textContent));
addEventListener('scroll', () => { $('latest').hidden = nearEnd(); }, { passive: true });
addEventListener('pagehide', () => conversation.save());

for (const turn of conversation.turns) {
  const view = show(turn);
  if (turn.pending) follow(turn, view);
}
showWelcome();
showComposer();
if (conversation.turns.length > 0) toEnd();
models.load();
