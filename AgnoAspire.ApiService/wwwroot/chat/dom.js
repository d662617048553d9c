// Small helpers for elements.

export const $ = id => document.getElementById(id);

export const touch = matchMedia('(hover: none) and (pointer: coarse)');

const ICONS = {
  edit: 'M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4',
  trash: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13',
  again: 'M19 12a7 7 0 1 1-2-4.9L19 9M19 4v5h-5',
  save: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
  close: 'm6 6 12 12M18 6 6 18',
};

export function element(name, className, text) {
  const it = document.createElement(name);
  if (className) it.className = className;
  if (text !== undefined) it.textContent = text;
  return it;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

export function button(label, action, className = 'plain') {
  const it = element('button', className, label);
  it.type = 'button';
  it.addEventListener('click', action);
  return it;
}

export function iconButton(name, label, action) {
  const it = button(undefined, action, 'icon');
  it.ariaLabel = it.title = label;
  it.append(icon(name));
  return it;
}

/** A button whose words say for a moment what came of copying. */
export function copyButton(label, words, text) {
  const show = result => {
    it.textContent = result ?? words;
    it.ariaLabel = result ?? label; // which contains the words
  };
  const it = button(words, async () => {
    try {
      await navigator.clipboard.writeText(text());
      show('Copied');
    } catch {
      show('Not allowed');
    }
    setTimeout(show, 1500);
  }, 'copy');
  show();
  it.hidden = !navigator.clipboard; // absent on pages over plain HTTP
  return it;
}

/** Whether a key belongs to an input method that is composing a character; Safari reports its last key as 229 only. */
export const composing = event => event.isComposing || event.keyCode === 229;

/** Enter sends, but not with Shift, in an input method, or on a touch keyboard, which has no other way to start a line. */
export const sends = event => event.key === 'Enter' && !event.shiftKey && !composing(event) && !touch.matches;

/** Where the focus rests when what had it is gone: the message field, or on touch, where that opens a keyboard, the newest turn. */
export function restFocus() {
  const turn = document.querySelector('.turn:last-child');
  const target = turn && (touch.matches || $('prompt').closest('[hidden]')) ? turn : $('prompt');
  target.focus({ preventScroll: true });
}

// An action may remove the button that had the focus; it must not fall to the body, where a keyboard starts all over.
export function keepFocus() {
  document.addEventListener('click', event => {
    if (!event.target.closest('button, summary')) return;
    requestAnimationFrame(() => {
      const { activeElement: it, body } = document;
      if ((it === body || it.getClientRects().length === 0) && !document.querySelector('dialog[open]')) restFocus();
    });
  });
}

export const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
