// Conversations over tabs, devices and restarts, over a scripted provider; processes.mjs says how to run it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ask, ended, inPage as inPageOf, lastTurn, launch, LIMIT, picture, says, turns, wordsShown } from './browser.mjs';
import { startServices, waitUntil } from './processes.mjs';
import { prose, startProvider } from './scripted-provider.mjs';

const KEY = 'a-key-of-the-test';
const WATCHES = 20;
const TABS = 7; // one more than the connections that HTTP/1.1 gives a host

let provider;
let services;
let locked;
let browser;

before(async () => {
  provider = await startProvider();
  services = await startServices({ provider: provider.url });
  locked = await startServices({
    provider: provider.url, key: KEY,
    settings: { ChatApi__ApiKeys__0__Name: 'tester', ChatApi__ApiKeys__0__Sha256: createHash('sha256').update(KEY).digest('hex') },
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await services?.stop();
  await locked?.stop();
  provider?.close();
});

const inPage = (steps, options) => inPageOf(browser, services.api.url, steps, options);
const inLockedPage = (steps, options) => inPageOf(browser, locked.api.url, steps, { expected: [/status of 401/], ...options });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const copied = page => page.evaluate(() => navigator.clipboard.readText());
const shownText = page => page.evaluate(() => document.querySelector('.answer:last-child .prose').textContent);

async function enterKey(page, key) {
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.keyboard.press('Enter');
}

describe('the details of an answer', () => {
  test('its curl command returns exactly the remaining events, in mid-answer and later, without the key', LIMIT, () => inLockedPage(async page => {
    await button(page, 'Enter an API key').click();
    await enterKey(page, KEY);
    await ask(page, 'Say 300 words at 100');
    await button(page, 'Details').click();
    await wordsShown(page, 200);
    await button(page, 'Copy curl command').click();
    const early = await copied(page);
    await ended(page);
    await says(page, '.details', /tokens\/s/);
    await page.getByLabel('Resume it in a terminal, after event').fill('290');
    await button(page, 'Copy curl command').click();
    const late = await copied(page);
    await picture(page, 'details');
    assert.match(late, /Last-Event-ID: 290'$/);
    assert.ok(!late.includes(KEY));
    const total = Number((await lastTurn(page)).stream.lastEventId);
    for (const command of [early, late]) {
      const from = Number(/Last-Event-ID: (\d+)'$/.exec(command)[1]);
      const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s --max-time 30`]);
      const ids = [...stdout.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
      assert.ok(from > 0 && from < total);
      assert.deepEqual(ids, Array.from({ length: total - from }, (_, at) => from + 1 + at));
    }
  }));

  test('tell the resumption after a reload and the reconnection after a crash of the API', LIMIT, () => inPage(async page => {
    await ask(page, 'Say 400 words at 100');
    await wordsShown(page, 300);
    await page.reload();
    await wordsShown(page, 600);
    await services.api.kill();
    await says(page, '#connection', /trying again/);
    await services.api.start();
    await ended(page);
    await button(page, 'Details').click();
    await says(page, '.details', /Resumed\s+at event \d+, at event \d+\s+Reconnects\s+1/);
    assert.equal((await lastTurn(page)).content, prose(400));
  }, { expected: [/net::ERR_/] }));

  test(`the link to watch shows the same text without a key, ${WATCHES} times, while the API is killed`, { timeout: 240_000 }, () => inLockedPage(async (page, open) => {
    await button(page, 'Enter an API key').click();
    await enterKey(page, KEY);
    for (let run = 1; run <= WATCHES; run++) {
      await ask(page, `Say 150 words at 150, number ${run}`);
      await waitUntil('the stream is named', async () => (await lastTurn(page)).stream?.token);
      if (run === 1) await button(page, 'Details').click();
      else await page.locator('.answer').last().getByRole('button', { name: 'Details' }).click();
      await page.locator('.answer').last().getByRole('button', { name: 'Copy link to watch this answer' }).click();
      const link = await copied(page);
      assert.match(link, /^[^#?]+#watch=/);
      const device = await open(link);
      await wordsShown(device, 80);
      await locked.api.kill();
      await locked.api.start();
      await Promise.all([ended(device), ended(page)]);
      assert.equal(await shownText(device), await shownText(page));
      assert.equal((await lastTurn(page)).content, prose(150));
      if (run === 1) await picture(device, 'watching');
      assert.ok(await device.locator('#composer').isHidden());
      await device.close();
    }
  }, { expected: [/net::ERR_/, /status of 401/] }));

  test('a link to watch that is not valid says so', LIMIT, () => inLockedPage(async page => {
    await ended(page);
    await says(page, '.fault', /^This link is no longer valid\./);
  }, { hash: `#watch=${'0'.repeat(32)}.${'A'.repeat(54)}` }));
});

describe('a server with keys', () => {
  test('is never called a demo, names a wrong key, and answers with the right one', LIMIT, () => inLockedPage(async page => {
    await says(page, '#welcome-note', /asks for an API key/);
    assert.doesNotMatch(await page.locator('body').innerText(), /demo/i);
    await picture(page, 'locked');
    await page.locator('#prompt').fill('A question');
    await page.keyboard.press('Enter');
    await page.locator('#key-dialog').waitFor();
    await enterKey(page, 'wrong');
    await says(page, '#key-fault', /does not accept this key/);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
    await picture(page, 'wrong-key');
    await enterKey(page, KEY);
    await page.locator('#key-dialog').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#prompt').inputValue(), 'A question');
    await ask(page, 'A question');
    await ended(page);
    assert.equal((await lastTurn(page)).content, prose(40));
  }));

  test('a closed tab loses the key, not the answer', LIMIT, () => inLockedPage(async (page, open) => {
    await button(page, 'Enter an API key').click();
    await enterKey(page, KEY);
    await ask(page, 'Say 200 words at 100');
    await wordsShown(page, 100);
    await page.close({ runBeforeUnload: true });
    const other = await open();
    await other.locator('.conversation .title').click();
    await ended(other);
    assert.equal((await lastTurn(other)).content, prose(200));
  }));
});

describe('conversations', () => {
  test('survive the closing of the tab in mid-answer, and are read to the end in the background', LIMIT, () => inPage(async (page, open) => {
    await ask(page, 'Say 300 words at 100');
    await wordsShown(page, 200);
    await page.close({ runBeforeUnload: true });
    const other = await open();
    await other.locator('.conversation .running').waitFor();
    await picture(other, 'list-running');
    await other.locator('.conversation .running').waitFor({ state: 'detached' });
    await other.locator('.conversation .title').click();
    assert.equal((await lastTurn(other)).content, prose(300));
    assert.equal(await other.locator('.answer.live').count(), 0);
  }));

  test('goes on in the background when a new chat begins', LIMIT, () => inPage(async page => {
    await ask(page, 'Say 300 words at 100, first');
    await wordsShown(page, 100);
    await page.locator('#new-chat').click();
    await page.locator('#open-list').click();
    await page.locator('.conversation .running').waitFor();
    await ask(page, 'A second conversation');
    await ended(page);
    await page.locator('.conversation .running').waitFor({ state: 'detached' });
    await page.locator('.conversation .title', { hasText: 'first' }).click();
    assert.equal((await lastTurn(page)).content, prose(300));
  }));

  test('two tabs on one conversation stay in step and end equal', LIMIT, () => inPage(async (page, open) => {
    await ask(page, 'Say 300 words at 100');
    await wordsShown(page, 100);
    const other = await open();
    await other.locator('.conversation .title').click();
    await wordsShown(other, 300);
    await Promise.all([ended(page), ended(other)]);
    await ask(other, 'And from the other tab?');
    await Promise.all([other, page].map(tab => tab.waitForFunction(() => document.querySelectorAll('.turn').length === 4)));
    await Promise.all([ended(page), ended(other)]);
    await waitUntil('the tabs show the same', async () => await shownText(page) === await shownText(other));
    assert.deepEqual(await turns(page), await turns(other));
    assert.equal(await page.locator('#transcript').innerText(), await other.locator('#transcript').innerText());
    assert.equal((await lastTurn(page)).content, prose(40));
  }));

  test('another tab takes over when the one that reads is closed, and either can stop', LIMIT, () => inPage(async (page, open) => {
    await ask(page, 'Say 2000 words at 100');
    await wordsShown(page, 100);
    const other = await open();
    await other.locator('.conversation .title').click();
    await wordsShown(other, 200);
    await page.close({ runBeforeUnload: true });
    await wordsShown(other, 1000);
    const third = await open();
    await third.locator('.conversation .title').click();
    await third.locator('#send').click();
    await Promise.all([ended(other), ended(third)]);
    const { content, finishReason } = await lastTurn(other);
    assert.equal(finishReason, 'cancelled');
    assert.ok(prose(2000).startsWith(content) && content.length >= 1000);
  }));

  test(`${TABS} tabs answer at once over HTTP/1.1, and the next can still ask`, LIMIT, () => inPage(async (page, open) => {
    const tabs = [page];
    while (tabs.length < TABS) tabs.push(await open());
    for (const [at, tab] of tabs.entries()) {
      await ask(tab, `Say 2500 words at 100, tab ${at}`);
      await wordsShown(tab, 50);
    }
    assert.equal(await page.locator('.answer.live').count(), 1);
    const next = await open();
    await ask(next, 'Say 30 words');
    await ended(next);
    await Promise.all(tabs.map(ended));
    for (const tab of tabs) assert.equal((await lastTurn(tab)).content, prose(2500));
  }));

  test('can be renamed, deleted, brought back and saved as Markdown', LIMIT, () => inPage(async page => {
    await ask(page, 'Please think, in Markdown');
    await ended(page);
    await page.locator('#open-list').click();
    const title = page.locator('.conversation .title');
    await title.hover();
    await button(page, 'Rename Please think, in Markdown').click();
    await page.getByLabel('Title').fill('Queues and logs');
    await page.keyboard.press('Enter');
    await says(page, '.conversation .title', /^Queues and logs$/);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'title');
    await picture(page, 'list');

    const saved = page.waitForEvent('download');
    await button(page, 'Save Queues and logs as Markdown').click();
    assert.equal((await saved).suggestedFilename(), 'Queues-and-logs.md');
    const file = await readFile(await (await saved).path(), 'utf8');
    assert.match(file, /^# Queues and logs\n\n## You\n\nPlease think, in Markdown\n\n## scripted\n\n<details><summary>Reasoning<\/summary>\n\nThe reader wants/);
    assert.ok(file.includes((await lastTurn(page)).content));

    await button(page, 'Delete Queues and logs').click();
    assert.equal(await title.count(), 0);
    assert.equal(await page.locator('.turn').count(), 0);
    await picture(page, 'deleted');
    await button(page, 'Undo').click();
    await says(page, '.conversation .title', /^Queues and logs$/);
    assert.equal(await page.locator('.turn').count(), 2);
  }));

  test('an answer can be regenerated, and the former one brought back', LIMIT, () => inPage(async page => {
    await ask(page, 'One');
    await ended(page);
    await ask(page, 'Two');
    await ended(page);
    const told = async () => (await turns(page)).map(({ id, content }) => [id, content]);
    const before = await told();
    await page.locator('.answer').first().getByRole('button', { name: 'Regenerate' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.turn').length === 2);
    await ended(page);
    assert.deepEqual(provider.received.at(-1).map(({ content }) => content), ['One']);
    await button(page, 'Undo').click();
    await page.waitForFunction(() => document.querySelectorAll('.turn').length === 4);
    assert.deepEqual(await told(), before);
  }));

  test('the system prompt and the temperature go with the next question', LIMIT, () => inPage(async page => {
    await button(page, 'Settings').click();
    await page.getByLabel('System prompt').fill('Answer briefly.');
    await page.getByLabel('Temperature').fill('0.3');
    await picture(page, 'settings');
    await button(page, 'Save').click();
    const sent = page.waitForRequest(request => request.method() === 'POST');
    await ask(page, 'A question');
    const { messages, temperature } = (await sent).postDataJSON();
    assert.deepEqual([messages.map(({ role }) => role), messages[0].content, temperature], [['system', 'user'], 'Answer briefly.', 0.3]);
    await ended(page);
    assert.equal((await lastTurn(page)).content, prose(40));
  }));

  test('a full storage is said, and the answer is shown nevertheless', LIMIT, () => inPage(async page => {
    await page.evaluate(() => localStorage.setItem('filler', 'x'.repeat(5 * 1024 * 1024 - 4096 - 'filler'.length)));
    await ask(page, 'Say 3000 words');
    await ended(page);
    await says(page, '#toast', /storage is full/);
    assert.ok((await shownText(page)).length > 10_000);
    await picture(page, 'storage-full');
  }));
});
