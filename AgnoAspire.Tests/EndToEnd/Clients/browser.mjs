// The chat page in a real Chromium, for the tests of the page. The environment variable SCREENSHOTS names a folder for pictures of what was tested.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { browserPath, installed } from './processes.mjs';

export const LIMIT = { timeout: 90_000 };

const DESKTOP = { viewport: { width: 1180, height: 800 }, colorScheme: 'light' };
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => installed('playwright-core').chromium.launch({ executablePath: browserPath, args: ARGUMENTS });

/**
 * Opens the page at `url` and runs the steps with it and with a function that opens another tab. What the browser complains about, a violation of the
 * content security policy above all, fails the test, unless the test expects it.
 */
export async function inPage(browser, url, steps, { look = {}, expected = [], hash = '' } = {}) {
  const context = await browser.newContext({ ...DESKTOP, ...look });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const complaints = [];
  const open = async (address = url + hash) => {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      const words = `${message.text()} ${message.location().url}`;
      if (!expected.some(pattern => pattern.test(words))) complaints.push(words);
    });
    page.on('request', request => {
      if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) complaints.push(`asked another host: ${request.url()}`);
    });
    await page.goto(address);
    return page;
  };
  try {
    await steps(await open(), open, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

export const turns = page => page.evaluate(() => {
  const id = JSON.parse(sessionStorage.getItem('agno-aspire.current'));
  return JSON.parse(localStorage.getItem(`agno-aspire.conversation.${id}`)) ?? [];
});
export const lastTurn = async page => (await turns(page)).at(-1);
export const shown = page => page.locator('.answer .prose').last().innerText();
export const ready = page => page.waitForFunction(() => !document.querySelector('#model').disabled);
export const ended = page => page.waitForFunction(() => document.querySelectorAll('.answer').length > 0 && !document.querySelector('.answer.live'));
export const wordsShown = (page, count) => page.waitForFunction(least => document.querySelector('.answer:last-child .prose')?.textContent.length >= least, count);
export const announced = (page, words) => page.waitForFunction(expected => document.querySelector('#announcer').textContent === expected, words);
export const says = (page, selector, pattern) => page.waitForFunction(
  ([at, words]) => new RegExp(words).test(document.querySelector(at)?.innerText ?? ''), [selector, pattern.source]);

export async function ask(page, words) {
  await ready(page);
  await page.locator('#prompt').fill(words);
  if (await page.evaluate(() => matchMedia('(hover: none)').matches)) await page.locator('#send').click(); // Enter starts a line there
  else await page.locator('#prompt').press('Enter');
  await page.waitForFunction(text => [...document.querySelectorAll('.question .words')].at(-1)?.textContent === text, words);
}

export async function picture(page, name) {
  if (!process.env.SCREENSHOTS) return;
  mkdirSync(process.env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
}
