// The model picker. What is not known is said, and asked for again.

import { authorization, chosenModel } from './store.js';

const RETRY = 2000;
const MAX_RETRY = 30_000;

/** What a list of models can be, with what the picker then says. */
const STATES = { loading: 'Models…', locked: 'Key needed', failed: 'No models', none: 'No models', ready: '' };

export class ModelPicker {
  state = 'loading';
  #select;
  #changed;
  #owners = new Map();
  #timer;
  #failures = 0;

  /** `changed` is called when another model is chosen or the state changes. */
  constructor(select, changed) {
    this.#select = select;
    this.#changed = changed;
    select.addEventListener('change', () => {
      chosenModel.set(this.model);
      changed();
    });
    addEventListener('online', () => { if (this.state === 'failed') this.load(); });
  }

  get model() { return this.#select.value; }

  get isDemo() { return this.state === 'ready' && this.#isDemo(this.model); }

  #isDemo(model) { return (this.#owners.get(model) ?? '').startsWith('demo'); }

  /** Reads the list, with a key that is tried if one is given; resolves to the state that found. */
  async load(key) {
    clearTimeout(this.#timer);
    const [state, models] = await read(key);
    if (key !== undefined && state !== 'ready' && state !== 'none') return state; // the dialog says what is wrong with the key
    this.#offer(state, models);
    this.#failures = state === 'failed' || state === 'none' ? this.#failures + 1 : 0;
    if (this.#failures > 0) this.#timer = setTimeout(() => this.load(), Math.min(RETRY * 2 ** (this.#failures - 1), MAX_RETRY));
    return state;
  }

  #offer(state, models) {
    this.#owners = new Map(models.map(model => [model.id, model.owned_by ?? '']));
    const known = [...this.#owners.keys()];
    const chosen = known.includes(this.model) ? this.model : chosenModel.get();
    const wanted = known.includes(chosen) ? chosen : known.find(id => !this.#isDemo(id)) ?? known[0];
    const options = state === 'ready' ? known.map(id => new Option(id, id, false, id === wanted)) : [new Option(STATES[state], '')];
    this.#select.replaceChildren(...options);
    this.#select.disabled = state !== 'ready';
    this.state = state;
    this.#changed();
  }
}

async function read(key) {
  try {
    const response = await fetch('v1/models', { headers: authorization(key) });
    if (response.status === 401 || response.status === 403) return ['locked', []];
    if (!response.ok) return ['failed', []];
    const models = (await response.json()).data.filter(model => typeof model?.id === 'string');
    return [models.length > 0 ? 'ready' : 'none', models];
  } catch {
    return ['failed', []];
  }
}
