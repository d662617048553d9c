// The chat page: wires its parts. With a stream in the address (#watch=…) it shows that answer and nothing else.

import { AnswerReader } from './chat/answer.js';
import { Composer } from './chat/composer.js';
import { watchedTurn } from './chat/details.js';
import { keyDialog, settingsDialog } from './chat/dialogs.js';
import { $, keepFocus } from './chat/dom.js';
import { ModelPicker } from './chat/models.js';
import { announce, showConnection } from './chat/notices.js';
import { problemWords } from './chat/faults.js';
import { followByIntent, keepUp, toEnd } from './chat/scroll.js';
import { ChatSession } from './chat/session.js';
import { Sidebar } from './chat/sidebar.js';
import { apiKey, currentId } from './chat/store.js';
import { AnswerView } from './chat/transcript.js';

const EXAMPLES = ['Tell me a story about a robot named Max', 'Explain Server-Sent Events to a web developer', 'Compare a queue and a log in a small table'];
const STORIES = ['Tell me a story about a robot named Max', 'A bedtime story about a lighthouse that was afraid of the dark', 'A story about two snails who deliver the post'];
const WELCOME = {
  demo: 'The model here is a scripted demo, not an AI: it tells short stories, to show how answers stream. Reload in the middle of one, and it goes on where it was.',
  ready: 'Answers arrive word by word. Reload the page or lose the connection in the middle of one, and it goes on where it was.',
  loading: '',
  locked: 'This server asks for an API key before it answers.',
  failed: 'The list of models could not be read. The page keeps trying.',
  none: 'No worker serves a model yet. The page keeps looking.',
};

function chat() {
  const models = new ModelPicker($('model'), () => showWelcome());
  const session = new ChatSession(models, { changed: () => show(), enterKey: () => openKey() });
  const openKey = keyDialog(key => models.load(key), async () => {
    if (apiKey.get() === '') await models.load();
    else session.retry();
  });
  const ask = async words => {
    if (models.state !== 'ready' && await models.load() !== 'ready') {
      if (models.state === 'locked') openKey();
      else announce(WELCOME[models.state]);
      showConnection(models.state === 'locked' ? '' : `${WELCOME[models.state]} Your message is kept.`);
      return false;
    }
    showConnection('');
    session.ask(words);
    return true;
  };
  const composer = new Composer({ ask, stop: () => session.stop(), isAnswering: () => session.isAnswering });
  const sidebar = new Sidebar(session);

  const show = () => {
    showWelcome();
    composer.show(session.isStopping);
    sidebar.show();
  };
  const showWelcome = () => {
    const state = models.isDemo ? 'demo' : models.state;
    $('welcome').hidden = session.conversation.turns.length > 0;
    $('welcome-note').textContent = WELCOME[state];
    $('welcome-key').hidden = state !== 'locked';
    $('welcome-retry').hidden = state !== 'failed' && state !== 'none';
    $('examples').hidden = state === 'locked';
    document.querySelectorAll('.example').forEach((example, at) => { example.textContent = (state === 'demo' ? STORIES : EXAMPLES)[at]; });
    if (models.state === 'ready' && !session.isAnswering) showConnection('');
  };

  $('new-chat').addEventListener('click', () => { session.startNew(); $('prompt').focus(); });
  $('open-key').addEventListener('click', openKey);
  $('welcome-key').addEventListener('click', openKey);
  $('welcome-retry').addEventListener('click', () => models.load());
  for (const example of document.querySelectorAll('.example')) example.addEventListener('click', () => ask(example.textContent));
  settingsDialog();
  session.open(currentId.get());
  models.load();
}

function watch(turn) {
  for (const part of document.querySelectorAll('.chat-only')) part.hidden = true;
  $('watching').hidden = false;
  const view = new AnswerView(turn, null);
  $('transcript').append(view.element);
  let drawing = false;
  const draw = () => {
    drawing = false;
    view.show();
    keepUp();
  };
  const problem = it => {
    const { words, until } = it === null ? { words: '' } : problemWords(it);
    showConnection(words, until);
  };
  const changed = () => {
    if (!drawing) requestAnimationFrame(draw);
    drawing = true;
  };
  const unsaved = { turns: [turn], refresh() {}, save() {}, saveSoon() {}, flush() {} };
  new AnswerReader(unsaved, turn, { changed, problem, ended: draw }).read();
}

const turn = watchedTurn(location);
keepFocus();
followByIntent();
$('latest').addEventListener('click', toEnd);
addEventListener('hashchange', () => { if (turn !== null || watchedTurn(location) !== null) location.reload(); });
if (turn === null) chat();
else watch(turn);
