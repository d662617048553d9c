// How turns look. A view shows what its turn holds and keeps no state of its own but elements.

import { DetailsView } from './details.js';
import { button, composing, copyButton, element, iconButton, sends } from './dom.js';
import { faultOf, needsKey, waitingWords } from './faults.js';
import { MarkdownView } from './markdown.js';
import { countDown } from './notices.js';
import { hasWords } from './store.js';

const article = (className, title) => {
  const it = element('article', `turn ${className}`);
  it.tabIndex = -1;
  it.append(element('h2', 'unseen', title));
  return it;
};

export class QuestionView {
  #turn;
  #actions;
  #words = element('p', 'words');
  #tools = element('div', 'tools');

  /** Actions: `edit(turn, words)` asks anew from here, `remove(turn)` deletes from here. */
  constructor(turn, actions) {
    this.#turn = turn;
    this.#actions = actions;
    this.element = article('question', 'You asked');
    this.#words.dir = 'auto';
    this.#tools.append(
      iconButton('edit', 'Edit question', () => this.#edit()), iconButton('trash', 'Delete from here', () => actions.remove(turn)));
    this.element.append(this.#words, this.#tools);
    this.show();
  }

  show() {
    this.#words.textContent = this.#turn.content;
  }

  #edit() {
    const form = element('form', 'edit');
    const field = element('textarea');
    field.dir = 'auto';
    field.ariaLabel = 'Your question';
    field.value = this.#turn.content;
    field.rows = Math.min(12, Math.max(2, field.value.split('\n').length));
    const close = () => {
      form.remove();
      this.#words.hidden = this.#tools.hidden = false;
      this.#tools.firstChild.focus();
    };
    const send = () => {
      if (field.value.trim() !== '') this.#actions.edit(this.#turn, field.value.trim());
    };
    const submit = element('button', 'primary', 'Ask again');
    const actions = element('div', 'edit-actions');
    actions.append(button('Cancel', close), submit);
    form.append(field, actions);
    form.addEventListener('submit', event => { event.preventDefault(); send(); });
    form.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !composing(event)) close();
      else if (event.target !== field || !sends(event)) return;
      else send();
      event.preventDefault();
      event.stopPropagation();
    });
    this.#words.hidden = this.#tools.hidden = true;
    this.element.append(form);
    field.focus();
  }
}

export class AnswerView {
  #turn;
  #actions;
  #prose = element('div', 'prose');
  #markdown = new MarkdownView(this.#prose);
  #byline = element('p', 'byline');
  #reasoning = element('details', 'reasoning');
  #thoughts = element('p', 'words');
  #waiting = element('p', 'waiting');
  #fault = element('div', 'fault');
  #faultShown = '';
  #endCountDown = () => {};
  #facts = element('span', 'facts');
  #foot = element('div', 'foot');
  #copy;
  #again;
  #details;

  /** Actions: `again(turn)`, `resume(turn)`, `remove(turn)`, `enterKey()`; null where an answer is only watched. */
  constructor(turn, actions) {
    this.#turn = turn;
    this.#actions = actions;
    this.element = article('answer', 'Answer');
    this.#thoughts.dir = 'auto';
    this.#copy = copyButton('Copy answer', 'Copy', () => turn.content);
    this.#again = button('Regenerate', () => actions.again(turn), 'copy');
    this.#details = new DetailsView(turn);
    this.#foot.append(this.#facts, this.#copy, this.#again, this.#details.toggle);
    this.#reasoning.append(element('summary', '', 'Reasoning'), this.#thoughts);
    this.element.append(this.#byline, this.#reasoning, this.#prose, this.#waiting, this.#fault, this.#foot, this.#details.element);
    this.show();
  }

  show() {
    const turn = this.#turn;
    const { content, reasoning = '', pending = false } = turn;
    this.element.classList.toggle('live', pending);
    this.element.ariaBusy = String(pending);
    this.#markdown.show(content, !pending);
    this.#showByline();
    this.#reasoning.hidden = reasoning === '';
    if (this.#thoughts.textContent.length !== reasoning.length) this.#thoughts.textContent = reasoning;
    this.#waiting.hidden = !pending || hasWords(turn);
    this.#waiting.textContent = waitingWords(turn);
    this.#foot.hidden = !turn.stream;
    this.#facts.textContent = factWords(turn);
    this.#copy.hidden = !navigator.clipboard || pending || !hasWords(turn);
    this.#again.hidden = pending || this.#actions === null || faultOf(turn) !== null; // the fault has a button of its own
    this.#details.show();
    this.#showFault();
  }

  // A script is not to be taken for an intelligence.
  #showByline() {
    const { model, demo, provider } = this.#turn;
    const isDemo = demo || provider?.startsWith('demo');
    if (this.#byline.childElementCount === (isDemo ? 2 : 1) && this.#byline.firstChild.textContent === model) return;
    this.#byline.replaceChildren(element('span', 'model', model));
    if (isDemo) this.#byline.append(element('span', 'tag', 'scripted demo, not an AI'));
  }

  #showFault() {
    const fault = faultOf(this.#turn);
    const shown = JSON.stringify(fault);
    if (shown === this.#faultShown) return;
    this.#faultShown = shown;
    this.#endCountDown();
    this.#fault.hidden = fault === null;
    this.#fault.replaceChildren();
    if (fault === null) return;
    this.#fault.classList.toggle('mild', fault.mild === true);
    this.#fault.append(element('p', 'fault-title', fault.title));
    if (fault.message) this.#fault.append(element('p', 'fault-message', fault.message));
    if (fault.details) this.#fault.append(element('p', 'fault-details', fault.details));
    if (!hasWords(this.#turn) && this.#actions !== null) {
      this.#fault.append(element('p', 'fault-note', 'Later questions leave this one out.'));
    }
    const actions = this.#faultActions();
    if (actions.length === 0) return;
    const row = element('div', 'fault-actions');
    row.append(...actions);
    this.#fault.append(row);
  }

  #faultActions() {
    const { error } = this.#turn;
    if (this.#actions === null) return [];
    const { again, resume, remove, enterKey } = this.#actions;
    const actions = [];
    if (needsKey(error)) actions.push(button('Enter an API key', enterKey));
    if (error?.resumable) actions.push(button('Continue', () => resume(this.#turn)));
    const ask = button('Ask again', () => again(this.#turn));
    if (error?.retryAt > Date.now()) {
      this.#endCountDown = countDown(error.retryAt, left => { ask.textContent = `Ask again, better in ${left}`; }, () => { ask.textContent = 'Ask again'; });
    }
    actions.push(ask);
    if (!hasWords(this.#turn)) actions.push(button('Delete', () => remove(this.#turn)));
    return actions;
  }
}

function factWords({ usage, generation, pending }) {
  if (pending || !(usage?.completion_tokens > 0)) return '';
  const facts = [`${usage.estimated ? 'about ' : ''}${count(usage.completion_tokens)} tokens`];
  if (generation > 0) facts.push(`${(generation / 1000).toFixed(generation < 10_000 ? 2 : 1)} s`);
  return facts.join(' · ');
}

const count = number => Number(number).toLocaleString('en');
