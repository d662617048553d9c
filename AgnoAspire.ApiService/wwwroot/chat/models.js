// The model picker. Without a list (no key yet, an older server) it keeps to the last choice.

import { apiKey, chosenModel } from './conversation.js';

const FALLBACK = 'demo';

export class ModelPicker {
  #select;
  #owners = new Map();

  /** `changed` is called when another model is chosen or the list arrives. */
  constructor(select, changed) {
    this.#select = select;
    this.changed = changed;
    select.addEventListener('change', () => {
      chosenModel.set(this.model);
      changed();
    });
  }

  get model() { return this.#select.disabled ? chosenModel.get() ?? FALLBACK : this.#select.value; }

  get isDemo() { return this.#isDemo(this.model); }

  #isDemo(model) { return model === FALLBACK || (this.#owners.get(model) ?? '').startsWith('demo'); }

  async load() {
    try {
      const response = await fetch('v1/models', { headers: authorization() });
      const list = response.ok ? (await response.json()).data : [];
      this.#offer(list.filter(model => typeof model?.id === 'string'));
    } catch {
      this.#offer([]);
    }
  }

  #offer(models) {
    this.#owners = new Map(models.map(model => [model.id, model.owned_by ?? '']));
    const known = models.length > 0 ? models.map(model => model.id) : [this.model];
    const wanted = known.includes(chosenModel.get()) ? chosenModel.get() : known.find(id => !this.#isDemo(id)) ?? known[0];
    this.#select.replaceChildren(...known.map(id => new Option(id, id, false, id === wanted)));
    this.#select.disabled = models.length === 0;
    this.#select.title = models.length === 0 ? 'The list of models could not be read' : '';
    this.changed();
  }
}

export function authorization() {
  const key = apiKey.get();
  return key === '' ? {} : { Authorization: `Bearer ${key}` };
}
