// The API reference in a real Chromium without a network; processes.mjs says how to run it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inPage, launch, LIMIT, picture } from './browser.mjs';
import { startServices } from './processes.mjs';

let services;
let browser;

before(async () => {
  services = await startServices({});
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await services?.stop();
});

// inPage fails for a request to another host and for a violation of the content security policy.
test('is linked from the page, and shows the API under its own policy with nothing from elsewhere', LIMIT, () => inPage(browser, services.api.url, async page => {
  await page.getByRole('button', { name: 'Conversations' }).click();
  await page.getByRole('link', { name: 'API reference' }).click();
  await page.getByRole('heading', { name: 'AgnoAspire chat API' }).first().waitFor();
  await page.getByText('/api/v1/chat/{id}/stream').first().waitFor();
  await picture(page, 'api-reference');
  assert.equal(await page.title(), 'AgnoAspire API');
}));
