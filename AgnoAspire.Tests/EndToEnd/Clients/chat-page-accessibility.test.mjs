// The chat page under axe-core and by keyboard, in every state, width and color scheme; processes.mjs says how to run it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { ask, ended, inPage as inPageOf, lastTurn, launch, LIMIT, picture, ready, wordsShown } from './browser.mjs';
import { axePath, startServices, waitUntil } from './processes.mjs';
import { startProvider } from './scripted-provider.mjs';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTHS = {
  desktop: { viewport: { width: 1180, height: 800 } },
  tablet: { viewport: { width: 820, height: 1100 } },
  phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};

let provider;
let services;
let browser;
let axe;

before(async () => {
  axe = readFileSync(axePath(), 'utf8');
  provider = await startProvider();
  services = await startServices({ provider: provider.url });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await services?.stop();
  provider?.close();
});

const inPage = (steps, options) => inPageOf(browser, services.api.url, steps, options);
const button = (page, name) => page.getByRole('button', { name, exact: true });
const focus = page => page.evaluate(() => new Promise(resolve => {
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.activeElement === document.body ? 'the body' : document.activeElement.outerHTML.slice(0, 120))));
}));

async function isAccessible(page, state) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(tags => window.axe.run(document, { runOnly: tags }), RULES);
  assert.ok(passes.length > 10);
  assert.deepEqual(violations.map(({ id, nodes }) => `${state}: ${id} at ${nodes.map(({ html }) => html.slice(0, 140)).join(', ')}`), []);
}

async function visit(page, name, open) {
  const look = async state => {
    await picture(page, `${name}-${state}`);
    await isAccessible(page, state);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${state}: nothing is wider than the screen`);
  };
  await ready(page);
  await look('empty');
  await ask(page, 'Say 400 words at 100');
  await wordsShown(page, 300);
  await look('answering');
  await button(page, 'Stop').click();
  await ended(page);
  await ask(page, 'Please think, in Markdown');
  await ended(page);
  await page.locator('.answer').last().getByRole('button', { name: 'Details' }).click();
  await page.locator('.reasoning:visible summary').click();
  await look('answered');
  await button(page, 'Copy link to watch this answer').click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await ask(page, 'Go beyond the context');
  await ended(page);
  await look('failed');
  await page.getByRole('button', { name: 'Edit question' }).last().click();
  await look('editing');
  await button(page, 'Cancel').click();
  if (await page.locator('#list').isHidden()) await button(page, 'Conversations').click();
  await look('list');
  await button(page, 'Close the list').click();
  await button(page, 'Settings').click();
  await look('settings');
  await page.keyboard.press('Escape');
  await button(page, 'API key').click();
  await look('key');
  await page.keyboard.press('Escape');
  const device = await open(link);
  await ended(device);
  await picture(device, `${name}-watching`);
  await isAccessible(device, 'watching');
}

describe('axe-core finds nothing', () => {
  for (const [width, size] of Object.entries(WIDTHS)) {
    for (const colorScheme of ['light', 'dark']) {
      test(`${width}, ${colorScheme}`, LIMIT, () => inPage(
        (page, open) => visit(page, `${width}-${colorScheme}`, open), { look: { ...size, colorScheme, reducedMotion: 'reduce' } }));
    }
  }

  test('at 200 % zoom, where names that are not shown are spoken', LIMIT, () => inPage(async page => {
    await ready(page);
    await isAccessible(page, 'zoomed');
    await page.getByRole('button', { name: 'New chat', exact: true }).click();
  }, { look: { viewport: { width: 590, height: 400 } } }));
});

describe('the focus is never on the body after an action', () => {
  for (const [width, size] of Object.entries({ desktop: WIDTHS.desktop, phone: WIDTHS.phone })) {
    test(width, LIMIT, () => inPage(async page => {
      const after = async (action, name) => {
        await action();
        assert.notEqual(await focus(page), 'the body', name);
      };
      const last = name => page.locator('.turn').getByRole('button', { name, exact: true }).last();
      await ready(page);
      await after(() => page.locator('.example').first().click(), 'an example');
      await ended(page);
      await after(() => last('Regenerate').click(), 'Regenerate');
      await ended(page);
      await after(() => button(page, 'Undo').click(), 'Undo');
      await after(() => button(page, 'New chat').click(), 'New chat');
      await ask(page, 'Go beyond the context');
      await ended(page);
      await after(() => last('Ask again').click(), 'Ask again');
      await ended(page);
      await after(() => last('Delete').click(), 'Delete');
      await after(() => button(page, 'Undo').click(), 'Undo after Delete');
      await after(() => last('Edit question').click(), 'Edit');
      await after(() => last('Cancel').click(), 'Cancel');
      await after(() => last('Edit question').click(), 'Edit');
      await page.locator('.edit textarea').fill('Please wait');
      await after(() => page.locator('.edit [type=submit], .edit .primary').click(), 'Ask again after Edit');
      await waitUntil('the stream is named', async () => (await lastTurn(page)).stream?.id);
      await after(() => button(page, 'Stop').click(), 'Stop');
      await ended(page);
      assert.notEqual(await focus(page), 'the body', 'the answer is stopped');
      await after(() => button(page, 'Dismiss').click(), 'Dismiss');
      if (await page.locator('#list').isHidden()) await after(() => button(page, 'Conversations').click(), 'Conversations');
      await page.locator('.conversation .title').first().focus();
      await after(() => page.locator('.conversation').first().getByRole('button', { name: /^Delete/ }).click(), 'delete a conversation');
      await after(() => page.locator('.conversation .title').first().click(), 'open a conversation');
      if (width === 'desktop') await after(() => button(page, 'Close the list').click(), 'Close the list');
      await after(() => button(page, 'Settings').click(), 'Settings');
      await after(() => button(page, 'Cancel').click(), 'Cancel');
    }, { look: size }));
  }
});
