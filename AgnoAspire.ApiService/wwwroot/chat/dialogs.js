// The dialogs: the API key, which is checked before it is taken, and how models are asked.

import { $ } from './dom.js';
import { apiKey, modelSettings } from './store.js';

const WRONG = 'The server does not accept this key. Check it for missing characters.';
const UNREACHED = 'The server could not be reached to check the key. Try again in a moment.';

/** `check(key)` resolves to the state that a key leads to; `accepted()` is called once a key is taken. Returns how to open the dialog. */
export function keyDialog(check, accepted) {
  const [dialog, field, fault] = [$('key-dialog'), $('key'), $('key-fault')];
  const say = words => {
    fault.textContent = words;
    field.ariaInvalid = String(words !== '');
  };
  const take = key => {
    apiKey.set(key);
    dialog.close();
    accepted();
  };
  $('key-form').addEventListener('submit', async event => {
    event.preventDefault();
    const key = field.value.trim();
    say('');
    $('use-key').ariaBusy = 'true';
    const state = await check(key);
    $('use-key').ariaBusy = 'false';
    if (!dialog.open) return;
    if (state === 'ready' || state === 'none') take(key);
    else say(state === 'locked' ? WRONG : UNREACHED);
    if (dialog.open) field.select();
  });
  $('forget-key').addEventListener('click', () => { apiKey.set(''); dialog.close(); accepted(); });
  $('leave-key').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => { field.value = ''; });
  return () => {
    field.value = apiKey.get();
    $('forget-key').hidden = apiKey.get() === '';
    say('');
    dialog.showModal();
    field.select();
  };
}

export function settingsDialog() {
  const dialog = $('settings-dialog');
  $('open-settings').addEventListener('click', () => {
    const { system = '', temperature = '' } = modelSettings.get();
    $('system').value = system;
    $('temperature').value = temperature;
    dialog.showModal();
  });
  $('settings-form').addEventListener('submit', event => {
    event.preventDefault();
    const [system, temperature] = [$('system').value.trim(), $('temperature').value];
    modelSettings.set({ system: system || undefined, temperature: temperature === '' ? undefined : Number(temperature) });
    dialog.close();
  });
  $('leave-settings').addEventListener('click', () => dialog.close());
}
