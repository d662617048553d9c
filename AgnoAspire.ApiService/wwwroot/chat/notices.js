// What the page says beside the conversation: the connection's state, an undo, and words for screen readers.

import { $, button, iconButton, restFocus } from './dom.js';
import { inSeconds } from './faults.js';

const TICK = 250;

/** A live region speaks what changes: the same words twice need a change between them. */
export function announce(words) {
  $('announcer').textContent = '';
  requestAnimationFrame(() => { $('announcer').textContent = words; });
}

/** Keeps words up to date until a time; returns how to end it. */
export function countDown(until, show, over = () => {}) {
  const tick = () => {
    show(inSeconds(until));
    if (Date.now() < until) return;
    clearInterval(timer);
    over();
  };
  const timer = setInterval(tick, TICK);
  tick();
  return () => clearInterval(timer);
}

let endCountDown = () => {};

/** Says that the connection is in trouble, or with '' that it is not; with `until`, counts down to the next attempt. */
export function showConnection(words, until, changed = () => {}) {
  endCountDown();
  const show = text => {
    if ($('connection').textContent === text) return;
    $('connection').textContent = text;
    document.body.classList.toggle('troubled', text !== '');
    changed(text);
  };
  if (until === undefined) show(words);
  else endCountDown = countDown(until, left => show(`${words}. Trying again in ${left}`), () => show(`${words}. Trying again…`));
}

/** Says what was done; with `undo`, offers to take it back until something else is said. */
export function toast(words, undo) {
  const dismiss = () => {
    $('toast').hidden = true;
    $('toast').replaceChildren();
  };
  if (words === null) {
    dismiss();
    return;
  }
  const text = document.createElement('span');
  text.textContent = words;
  const parts = [text];
  if (undo) parts.push(button('Undo', () => { dismiss(); undo(); restFocus(); }, 'link'));
  parts.push(iconButton('close', 'Dismiss', () => { dismiss(); restFocus(); }));
  $('toast').replaceChildren(...parts);
  $('toast').hidden = false;
  announce(words);
}
