// The message field: grows with its text, sends, and stops the answer under way.

import { $, composing, sends, touch } from './dom.js';

export class Composer {
  #field = $('prompt');
  #button = $('send');
  #isAnswering = () => false;

  /** `ask(words)` resolves to whether the words were taken; `stop()` stops the answer under way. */
  constructor({ ask, stop, isAnswering }) {
    this.#isAnswering = isAnswering;
    const send = async () => {
      const words = this.#field.value.trim();
      if (words === '' || isAnswering() || !await ask(words)) return;
      this.#field.value = '';
      this.#fit();
    };
    $('composer').addEventListener('submit', event => {
      event.preventDefault();
      if (isAnswering()) stop();
      else send();
      if (!touch.matches) this.#field.focus({ preventScroll: true });
    });
    this.#field.addEventListener('input', () => this.#fit());
    this.#field.addEventListener('keydown', event => {
      if (!sends(event)) return;
      event.preventDefault();
      send();
    });
    document.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !composing(event) && !event.defaultPrevented && isAnswering() && !document.querySelector('dialog[open]')) stop();
    });
  }

  /** Never disabled: a disabled button drops the focus. */
  show(isStopping) {
    const answering = this.#isAnswering();
    this.#button.classList.toggle('stops', answering);
    this.#button.ariaLabel = answering ? (isStopping ? 'Stopping' : 'Stop') : 'Send';
    this.#button.ariaDisabled = String(answering ? isStopping : this.#field.value.trim() === '');
  }

  // The content security policy allows styles set through the CSSOM.
  #fit() {
    this.#field.style.height = 'auto';
    this.#field.style.height = `${Math.min(this.#field.scrollHeight, innerHeight * 0.4)}px`;
    this.show(false);
  }
}
