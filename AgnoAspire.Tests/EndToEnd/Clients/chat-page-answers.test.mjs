// How the chat page treats answers that grow, fail or hold nothing, over a scripted provider; processes.mjs says how to run it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, ended, inPage as inPageOf, lastTurn, launch, LIMIT, picture, ready, says, turns, wordsShown } from './browser.mjs';
import { startServices, waitUntil } from './processes.mjs';
import { prose, startProvider } from './scripted-provider.mjs';

let provider;
let services;
let browser;

before(async () => {
  provider = await startProvider();
  services = await startServices({ provider: provider.url, settings: { ChatApi__MaxBodyBytes: '20000' } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await services?.stop();
  provider?.close();
});

const inPage = (steps, options) => inPageOf(browser, services.api.url, steps, options);
const button = (page, name) => page.getByRole('button', { name, exact: true });
const roles = messages => messages.map(({ role }) => role).join(' ');

describe('scrolling while an answer grows', () => {
  const position = page => page.evaluate(() => ({ top: scrollY, left: document.documentElement.scrollHeight - innerHeight - scrollY }));
  const moves = {
    'the wheel': async page => {
      await page.mouse.move(600, 300);
      for (let step = 0; step < 3; step++) await page.mouse.wheel(0, -100);
    },
    'an arrow key': async page => {
      await page.locator('.answer').last().focus();
      for (let step = 0; step < 6; step++) await page.keyboard.press('ArrowUp');
    },
    'a finger': async (page, context) => {
      const touch = await context.newCDPSession(page);
      const at = y => [{ x: 200, y }];
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(250) });
      for (let y = 260; y <= 400; y += 10) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(y) });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    },
  };

  for (const [name, move] of Object.entries(moves)) {
    test(`${name} leaves the end, stays there, and follows again from the end`, LIMIT, () => inPage(async (page, _, context) => {
      await ask(page, 'Say 3000 words at 100');
      await wordsShown(page, 2500);
      assert.ok((await position(page)).left <= 2, 'the end is followed');
      await move(page, context);
      await page.waitForFunction(() => document.documentElement.scrollHeight - innerHeight - scrollY > 40);
      // A flick of a finger and a smooth wheel run out by themselves.
      const rest = await page.evaluate(() => new Promise(resolve => {
        let last = -1;
        const timer = setInterval(() => {
          if (scrollY === last) { clearInterval(timer); resolve(last); }
          last = scrollY;
        }, 150);
      }));
      const length = (await page.locator('.answer .prose').innerText()).length;
      await wordsShown(page, length + 1000); // two seconds' worth
      assert.ok(Math.abs((await position(page)).top - rest) <= 2, 'the words stay where they are read');
      assert.ok(await page.locator('#latest').isVisible());
      await page.keyboard.press('End');
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await wordsShown(page, length + 1600);
      await page.waitForFunction(() => document.documentElement.scrollHeight - innerHeight - scrollY <= 2);
      assert.ok(!await page.locator('#latest').isVisible());
      await page.locator('#send').click();
      await ended(page);
    }, { look: name === 'a finger' ? { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true } : {} }));
  }
});

describe('a question that cannot be answered', () => {
  const refusals = {
    'a refusal (400)': { question: 'Hello', intercept: { status: 400, code: 'invalid_request', title: 'The request is not valid.' } },
    'a body that is too large (413)': { question: `Hello ${'very '.repeat(5000)}much` },
    'an error of the context length': { question: 'Go beyond the context' },
  };
  for (const [name, { question, intercept }] of Object.entries(refusals)) {
    test(`after ${name} the next one works, and so do editing and deleting`, LIMIT, () => inPage(async page => {
      if (intercept) await page.route('**/api/v1/chat', route => route.fulfill({ status: intercept.status, contentType: 'application/problem+json', body: JSON.stringify(intercept) }), { times: 1 });
      await ask(page, question);
      await ended(page);
      assert.ok(await page.locator('.fault').last().isVisible());
      await picture(page, `fault-${name.replace(/\W+/g, '-')}`);
      await ask(page, 'A first question');
      await ended(page);
      await ask(page, 'A second question');
      await ended(page);
      assert.equal(roles(provider.received.at(-1)), 'user assistant user');
      assert.deepEqual((await turns(page)).map(turn => turn.content).slice(-2), ['A second question', prose(40)]);

      await button(page, 'Delete').click();
      await page.waitForFunction(() => document.querySelectorAll('.turn').length === 0);
      await button(page, 'Undo').click();
      await page.waitForFunction(() => document.querySelectorAll('.turn').length === 6);

      await page.getByRole('button', { name: 'Edit question' }).first().click();
      await page.locator('.edit textarea').fill('A better question');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelectorAll('.turn').length === 2);
      await ended(page);
      assert.equal((await lastTurn(page)).content, prose(40));
      assert.deepEqual(provider.received.at(-1).map(({ content }) => content), ['A better question']);
    }, { expected: [/status of 4\d\d/] }));
  }

  test('a stop before the first word leaves no second question in a row', LIMIT, () => inPage(async page => {
    await ask(page, 'Please wait');
    await waitUntil('the stream is named', async () => (await lastTurn(page)).stream?.id);
    await page.keyboard.press('Escape');
    await ended(page);
    await says(page, '.fault', /^Stopped before the first word\./);
    await ask(page, 'A question');
    await ended(page);
    assert.equal(roles(provider.received.at(-1)), 'user');
  }));
});

describe('an answer without words', () => {
  test('says so, and names the tool that was called', LIMIT, () => inPage(async page => {
    await ask(page, 'Please say nothing');
    await ended(page);
    await says(page, '.answer:last-child .fault', /^The model gave an empty answer\./);
    await ask(page, 'Please call a tool');
    await ended(page);
    await says(page, '.answer:last-child .fault', /^The model asked for a tool: get_weather\. This page has none to offer\./);
    await picture(page, 'wordless');
  }));
});

describe('what the page says of the server', () => {
  const problem = (status, code, title) => ({
    status, headers: { 'Retry-After': '2' }, contentType: 'application/problem+json', body: JSON.stringify({ status, code, title, detail: `${title} Wait.` }),
  });
  for (const [status, code, title] of [[429, 'rate_limit_exceeded', 'Too many requests.'], [503, 'queue_full', 'The queue is full.']]) {
    test(`counts down after ${status} and goes on by itself`, LIMIT, () => inPage(async page => {
      await page.route('**/api/v1/chat', route => route.fulfill(problem(status, code, title)), { times: 1 });
      await ask(page, 'A question');
      await says(page, '#connection', new RegExp(`^${title.slice(0, -1)}\\. Trying again in [1-3] s$`));
      assert.match(await page.locator('.waiting').innerText(), /Trying again in/);
      await picture(page, `countdown-${status}`);
      await ended(page);
      assert.equal((await lastTurn(page)).content, prose(40));
      assert.equal(await page.locator('#connection').innerText(), '');
    }, { expected: [/status of (429|503)/] }));
  }

  test('a refusal that names a long wait counts down on the button', LIMIT, () => inPage(async page => {
    await page.route('**/api/v1/chat', route => route.fulfill({ ...problem(429, 'rate_limit_exceeded', 'Too many requests.'), headers: { 'Retry-After': '300' } }), { times: 1 });
    await ask(page, 'A question');
    await ended(page);
    await page.getByRole('button', { name: /^Ask again, better in 5 min$/ }).click();
    await ended(page);
    assert.equal((await lastTurn(page)).content, prose(40));
  }, { expected: [/status of 429/] }));

  test('asks again for the list of models until it is there, and keeps the message', LIMIT, () => inPage(async page => {
    let isDown = true;
    await page.route('**/v1/models', route => (isDown ? route.fulfill(problem(503, 'unavailable', 'Unavailable.')) : route.continue()));
    await page.reload();
    await says(page, '#welcome-note', /could not be read/);
    await page.locator('#prompt').fill('A question');
    await page.keyboard.press('Enter');
    await says(page, '#connection', /Your message is kept/);
    assert.equal(await page.locator('#prompt').inputValue(), 'A question');
    await picture(page, 'no-models');
    isDown = false;
    await ready(page);
    await page.locator('#prompt').press('Enter');
    await ended(page);
    assert.equal((await lastTurn(page)).content, prose(40));
  }, { expected: [/status of 503/] }));
});

describe('languages', () => {
  test('each paragraph has the direction of its text', LIMIT, () => inPage(async page => {
    await ask(page, 'Hebrew, please: שלום');
    await ended(page);
    const directions = await page.evaluate(() => Object.fromEntries(['.prose h3', '.prose ul', '.prose blockquote', '.prose > p:last-child', '.prose pre']
      .map(at => [at, getComputedStyle(document.querySelector(at)).direction])));
    assert.deepEqual(directions, { '.prose h3': 'rtl', '.prose ul': 'rtl', '.prose blockquote': 'rtl', '.prose > p:last-child': 'ltr', '.prose pre': 'ltr' });
    await page.locator('#prompt').fill('שלום');
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('#prompt')).direction), 'rtl');
    await picture(page, 'right-to-left');
  }));

  test('an input method keeps Enter and Escape to itself', LIMIT, () => inPage(async page => {
    await ready(page);
    await page.locator('#prompt').fill('にほん');
    const pressed = (key, init) => page.evaluate(([name, options]) => document.querySelector('#prompt')
      .dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...options })), [key, init]);
    await pressed('Enter', { isComposing: true });
    await pressed('Enter', { keyCode: 229 });
    assert.equal(await page.locator('.turn').count(), 0);
    await ask(page, 'Say 500 words at 100');
    await wordsShown(page, 50);
    await pressed('Escape', { isComposing: true });
    await pressed('Escape', { keyCode: 229 });
    await wordsShown(page, 300);
    assert.equal(await page.locator('.answer.live').count(), 1);
    await pressed('Escape');
    await ended(page);
    assert.equal((await lastTurn(page)).finishReason, 'cancelled');
  }));
});
