// Follows the end of a growing answer by intent: a move up stops following, a move down to the end follows again.

import { $ } from './dom.js';

const AT_END = 32;
const UP = new Set(['ArrowUp', 'PageUp', 'Home']);

let following = true;
let last = 0; // where this page or its reader scrolled to
let touched = null;

const distance = () => document.documentElement.scrollHeight - innerHeight - scrollY;

// While the end is followed, the browser's own keeping of the place would look like a reader's move.
function follow(value) {
  following = value;
  document.documentElement.classList.toggle('following', value);
}

export function toEnd() {
  follow(true);
  scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
  last = scrollY;
  $('latest').hidden = true;
}

/** After the page has grown. */
export function keepUp() {
  if (following && scrollY < last - 1 && distance() > 1) follow(false); // scrolled since, its event is yet to come
  if (following) toEnd();
  else $('latest').hidden = distance() < AT_END;
}

function moved(up) {
  if (up && scrollY > 0) follow(false);
  else if (!up && distance() < AT_END) follow(true);
}

export function followByIntent() {
  new ResizeObserver(keepUp).observe($('transcript'));
  addEventListener('wheel', event => { if (event.deltaY !== 0 && !event.ctrlKey) moved(event.deltaY < 0); }, { passive: true });
  addEventListener('keydown', event => {
    if (event.target.closest('textarea, input, select, dialog')) return;
    if (UP.has(event.key) || (event.key === ' ' && event.shiftKey)) moved(true);
  });
  addEventListener('touchstart', event => { touched = event.touches[0].clientY; }, { passive: true });
  addEventListener('touchmove', event => {
    const { clientY } = event.touches[0];
    if (clientY !== touched) moved(clientY > touched);
    touched = clientY;
  }, { passive: true });
  // The scroll bar, a screen reader, find in page: only the position tells.
  addEventListener('scroll', () => {
    if (scrollY < last - 1 && distance() > 1) follow(false);
    else if (scrollY > last && distance() < AT_END) follow(true);
    last = scrollY;
    $('latest').hidden = following || distance() < AT_END;
  }, { passive: true });
}
