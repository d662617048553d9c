// The list of conversations: beside the chat on a wide screen, over it on a narrow one.

import { AnswerReader } from './answer.js';
import { $, button, composing, element, iconButton } from './dom.js';
import { download } from './export.js';
import { announce, toast } from './notices.js';
import { Conversation, list, listShown, onChange, rename } from './store.js';

const BACKGROUND = 3000;
const narrow = matchMedia('(max-width: 60rem)');

export class Sidebar {
  #session;
  #shown = '';

  constructor(session) {
    this.#session = session;
    $('open-list').addEventListener('click', () => this.#open($('list').hidden));
    $('close-list').addEventListener('click', () => this.#open(false));
    $('backdrop').addEventListener('click', () => this.#open(false));
    $('list').addEventListener('keydown', event => {
      if (event.key !== 'Escape' || composing(event) || event.defaultPrevented || !narrow.matches) return;
      event.preventDefault();
      this.#open(false);
    });
    narrow.addEventListener('change', () => this.#layOut());
    onChange(() => this.show());
    $('list').hidden = narrow.matches || !(listShown.get() ?? list().length > 0);
    this.#layOut();
    setInterval(() => this.#readOn(), BACKGROUND);
  }

  show() {
    const heads = list();
    const shown = JSON.stringify([heads, this.#session.conversation.id]);
    if (shown === this.#shown || $('list').querySelector('.rename')) return;
    this.#shown = shown;
    const focused = document.activeElement.closest?.('#list li')?.dataset.id;
    $('conversations').replaceChildren(...heads.map(head => this.#item(head)));
    $('no-conversations').hidden = heads.length > 0;
    if (focused) ($('list').querySelector(`[data-id="${focused}"] .title`) ?? $('close-list')).focus();
  }

  #open(open) {
    $('list').hidden = !open;
    if (!narrow.matches) listShown.set(open);
    this.#layOut();
    if (open && narrow.matches) ($('list').querySelector('[aria-current] .title, .title') ?? $('close-list')).focus();
    else if (!open) $('open-list').focus();
  }

  #layOut() {
    const open = !$('list').hidden;
    const over = open && narrow.matches;
    document.body.classList.toggle('with-list', open && !over);
    $('backdrop').hidden = !over;
    for (const behind of document.querySelectorAll('.bar, main, .skip')) behind.inert = over;
    $('open-list').ariaExpanded = String(open);
  }

  #item({ id, title, running }) {
    const item = element('li', 'conversation');
    item.dataset.id = id;
    const open = button(title, () => {
      this.#session.open(id);
      if (narrow.matches) this.#open(false);
    }, 'title');
    open.dir = 'auto';
    if (id === this.#session.conversation.id) open.setAttribute('aria-current', 'true');
    item.append(open);
    if (running) {
      const mark = element('span', 'running');
      mark.append(element('span', 'unseen', 'answering'));
      item.append(mark);
    }
    const tools = element('div', 'tools');
    tools.append(
      iconButton('edit', `Rename ${title}`, () => this.#rename(item, id, title)),
      iconButton('save', `Save ${title} as Markdown`, () => download(id)),
      iconButton('trash', `Delete ${title}`, () => this.#remove(item, id, title)));
    item.append(tools);
    return item;
  }

  #rename(item, id, title) {
    const field = element('input', 'rename');
    field.value = title;
    field.dir = 'auto';
    field.ariaLabel = 'Title';
    let isOpen = true; // removing the field blurs it
    const close = save => {
      if (!isOpen) return;
      isOpen = false;
      const words = field.value.trim();
      field.remove();
      this.#shown = '';
      if (save && words !== '' && words !== title) rename(id, words);
      else this.show();
      $('list').querySelector(`[data-id="${id}"] .title`)?.focus();
    };
    field.addEventListener('keydown', event => {
      if (composing(event) || (event.key !== 'Enter' && event.key !== 'Escape')) return;
      event.preventDefault();
      close(event.key === 'Enter');
    });
    field.addEventListener('blur', () => close(true), { once: true });
    item.replaceChildren(field);
    field.select();
  }

  #remove(item, id, title) {
    const next = (item.nextElementSibling ?? item.previousElementSibling)?.dataset.id;
    const running = Conversation.load(id)?.pending;
    const undo = this.#session.remove(id);
    toast(`Deleted “${title}”${running ? ' and stopped its answer' : ''}.`, undo);
    ($('list').querySelector(`[data-id="${next}"] .title`) ?? $('close-list')).focus();
  }

  // Answers of conversations that no tab shows are read to their end, so that the mark is true and the words are there.
  async #readOn() {
    if (document.hidden) return;
    for (const { id } of list().filter(head => head.running && head.id !== this.#session.conversation.id)) {
      const conversation = Conversation.load(id);
      const turn = conversation?.pending;
      if (!turn) continue;
      const ended = () => announce(`The answer in ${conversation.title} is complete.`);
      await new AnswerReader(conversation, turn, { changed() {}, problem() {}, ended }, { background: true }).read();
    }
  }
}
