// The chat page in a real Chromium over a real API and worker; processes.mjs says how to run it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { announced, ask as askFor, ended, inPage as inPageOf, lastTurn, launch, LIMIT, picture, says, shown, turns, wordsShown } from './browser.mjs';
import { complete, startPages, startServices, waitUntil } from './processes.mjs';

const QUESTION = 'Tell me a story about a robot named Max';
const SLOTS = 2;

let services;
let browser;
let story;
let pages; // another origin than the API's

before(async () => {
  pages = await startPages();
  services = await startServices({ pace: '00:00:00.015', slots: SLOTS, origin: pages.url });
  story = await complete(services.api.url, [{ role: 'user', content: QUESTION }]);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await services?.stop();
  pages?.close();
});

const inPage = (steps, options) => inPageOf(browser, services.api.url, steps, options);
const ask = (page, words = QUESTION) => askFor(page, words);
const wordsOf = text => text.replace(/[\s*_#>`|-]+/g, '');

async function isTheStory(page) {
  const answer = await lastTurn(page);
  assert.equal(answer.content, story);
  assert.equal(answer.finishReason, 'stop');
  assert.equal(wordsOf(await shown(page)), wordsOf(story));
}

describe('the chat page', () => {
  test('sends with Enter, shows every word, and says what it cost and who answered', LIMIT, () => inPage(async page => {
    await picture(page, 'light-empty');
    await ask(page);
    await wordsShown(page, 200);
    await picture(page, 'light-answering');
    await ended(page);
    await isTheStory(page);
    await announced(page, 'The answer is complete.');
    await says(page, '.facts', /^\d+ tokens · [\d.]+ s$/);
    assert.match(await page.locator('.byline').innerText(), /not an AI/);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
    await picture(page, 'light-answered');
  }));

  test('folds the reasoning of a model', LIMIT, () => inPage(async page => {
    const chunks = [{ content: '', done: false, reasoning: 'First <b>this</b>' }, { content: 'Hello', done: false }, { content: '', done: true, finish_reason: 'stop' }];
    await page.route('**/api/v1/chat', route => route.fulfill({
      status: 200,
      headers: { 'Content-Type': 'text/event-stream', 'X-Stream-Id': 'reasoned' },
      body: chunks.map((chunk, index) => `id: ${index + 1}\ndata: ${JSON.stringify({ ...chunk, model: 'm' })}\n\n`).join(''),
    }));
    await ask(page);
    await ended(page);
    assert.equal(await shown(page), 'Hello');
    assert.equal(await page.locator('.reasoning .words').isVisible(), false);
    await page.locator('.reasoning summary').click();
    assert.equal(await page.locator('.reasoning .words').innerText(), 'First <b>this</b>');
  }, { expected: [/status of 404/] })); // the server does not know the chat

  test('keeps the conversation, starts a new line with Shift and Enter, and begins anew', LIMIT, () => inPage(async page => {
    await page.locator('#prompt').fill('A story');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('about two snails');
    await page.keyboard.press('Enter');
    await ended(page);
    const sent = page.waitForRequest(request => request.method() === 'POST');
    await ask(page, 'And then?');
    const { messages } = (await sent).postDataJSON();
    assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'user']);
    assert.equal(messages[0].content, 'A story\nabout two snails');
    await ended(page);
    assert.equal(await page.locator('.turn').count(), 4);
    await page.locator('#new-chat').click();
    assert.equal(await page.locator('.turn').count(), 0);
    assert.ok(await page.locator('#welcome').isVisible());
    assert.deepEqual(await turns(page), []);
  }));

  test('stops with Escape: the job is cancelled and the words stay', LIMIT, () => inPage(async page => {
    await ask(page);
    await wordsShown(page, 60);
    const streamId = await waitUntil('the stream is named', async () => (await lastTurn(page)).stream?.id);
    await page.keyboard.press('Escape');
    await ended(page);
    const answer = await lastTurn(page);
    assert.equal(answer.finishReason, 'cancelled');
    assert.ok(answer.content.length >= 60 && story.startsWith(answer.content));
    assert.match(await page.locator('.fault').innerText(), /^Stopped\./);
    const job = await (await fetch(`${services.api.url}/api/v1/chat/${streamId}`)).json();
    assert.deepEqual([job.status, job.content], ['cancelled', answer.content]);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await ended(page);
    await isTheStory(page);
  }));

  test('goes on after a reload in mid-answer without losing or repeating a word', LIMIT, () => inPage(async page => {
    const posts = [];
    page.on('request', request => { if (request.method() === 'POST') posts.push(request.url()); });
    await ask(page);
    for (const least of [80, 300, 500]) {
      await wordsShown(page, least);
      await page.reload();
    }
    await ended(page);
    await isTheStory(page);
    assert.equal(posts.length, 1);
  }));

  test('goes on after a reload before the stream was named, without asking twice', LIMIT, () => inPage(async page => {
    let key = null;
    await page.route('**/api/v1/chat', async route => {
      if (key !== null) {
        assert.equal(route.request().headers()['idempotency-key'], key);
        return route.continue();
      }
      key = route.request().headers()['idempotency-key'];
      const { method, headers, body } = { method: 'POST', headers: route.request().headers(), body: route.request().postData() };
      await fetch(`${services.api.url}/api/v1/chat`, { method, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': headers['idempotency-key'] }, body })
        .then(response => response.body.cancel());
      return undefined; // the page never hears of it
    });
    await ask(page);
    await waitUntil('the request was made', () => key !== null);
    await page.reload();
    await ended(page);
    await isTheStory(page);
  }));

  test('goes on when the API is killed and restarted in mid-answer', LIMIT, () => inPage(async page => {
    await ask(page);
    await wordsShown(page, 100);
    await services.api.kill();
    await page.waitForFunction(() => /trying again/.test(document.querySelector('#connection').textContent));
    await picture(page, 'light-reconnecting');
    await services.api.start();
    await ended(page);
    await isTheStory(page);
    assert.equal(await page.locator('#connection').innerText(), '');
  }, { expected: [/net::ERR_/] }));

  test('tells the place in the queue', LIMIT, () => inPage(async page => {
    const busy = [];
    for (let job = 0; job < SLOTS + 1; job++) {
      const response = await fetch(`${services.api.url}/api/v1/chat`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: `A long story, ${job}` }], model: 'demo', stream: true, on_disconnect: 'continue' }),
      });
      busy.push(new URL(response.headers.get('Location'), response.url));
      await response.body.cancel();
    }
    await ask(page);
    await page.waitForFunction(() => /in the queue/.test(document.querySelector('.waiting')?.textContent));
    await picture(page, 'light-queue');
    for (const job of busy) await fetch(job, { method: 'DELETE' });
    await ended(page);
    await isTheStory(page);
  }));

  test('shows a refusal as what it is and lets one ask again', LIMIT, () => inPage(async page => {
    await page.route('**/api/v1/chat', route => route.fulfill({
      status: 400, contentType: 'application/problem+json', body: '{"title":"The request is not valid.","detail":"messages: too many.","code":"invalid_request","requestId":"r-7"}',
    }), { times: 1 });
    await ask(page);
    await ended(page);
    assert.match(await page.locator('.fault').innerText(), /The request is not valid\.\s+messages: too many\.\s+invalid_request, request r-7/);
    await picture(page, 'light-refused');
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.waitForFunction(() => document.querySelector('.answer.live .prose')?.textContent.length > 0);
    await ended(page);
    await isTheStory(page);
  }, { expected: [/status of 400/] }));

  test('offers the models there are and remembers the choice; a key goes with every request and stays in the tab', LIMIT, () => inPage(async page => {
    await page.route('**/v1/models', route => route.fulfill({
      json: { object: 'list', data: [{ id: 'demo', object: 'model', created: 1, owned_by: 'demo' }, { id: 'gpt-3.5-turbo', object: 'model', created: 1, owned_by: 'openai' }] },
    }));
    const chosen = (id, note) => page.waitForFunction(([value, words]) =>
      document.querySelector('#model').value === value && document.querySelector('#welcome-note').textContent.includes(words), [id, note]);
    await page.reload();
    await chosen('gpt-3.5-turbo', 'word by word'); // the demo is for where there is nothing else
    await page.locator('#model').selectOption('demo');
    await page.reload();
    await chosen('demo', 'not an AI');
    await page.locator('#model').selectOption('gpt-3.5-turbo');

    await page.getByRole('button', { name: 'API key' }).click();
    await page.getByLabel('Key', { exact: true }).fill('sk-test');
    const list = page.waitForRequest(/v1\/models/);
    await page.keyboard.press('Enter');
    assert.equal((await list).headers().authorization, 'Bearer sk-test');
    const sent = page.waitForRequest(request => request.method() === 'POST');
    await ask(page);
    assert.equal((await sent).headers().authorization, 'Bearer sk-test');
    assert.equal((await sent).postDataJSON().model, 'gpt-3.5-turbo');
    assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes('sk-test'));
    await ended(page);
  }));

  test('renders Markdown and nothing that could act', LIMIT, () => inPage(async page => {
    const html = await page.evaluate(async () => {
      const { MarkdownView } = await import('/chat/markdown.js');
      const element = document.createElement('div');
      document.body.append(element);
      const view = new MarkdownView(element);
      const text = '# Head\n\n**bold** [ok](https://example.com) [bad](javascript:alert(1)) [near](/api/v1/chat) ![x](https://example.com/x.png "t")\n\n'
        + '<script>window.acted = 1</script><img src=x onerror="window.acted = 2"><style>*{display:none}</style><form action="/x"><input></form>\n\n'
        + '- [x] done\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n```js\n</code><script>window.acted = 3</script>\n```\n\n<svg/onload=window.acted=4> [late]\n\n[late]: https://example.com/late\n';
      for (let end = 1; end <= text.length; end++) view.show(text.slice(0, end), end === text.length);
      return element.innerHTML;
    });
    assert.equal(await page.evaluate(() => window.acted), undefined);
    assert.doesNotMatch(html, /<(script|img|style|form|input|svg|iframe)|javascript:|href="\/| on\w+="[^"]*"[^<]*>|style=/i);
    for (const kept of ['<h3 dir="auto">Head</h3>', '<strong>bold</strong>', 'href="https://example.com"', 'href="https://example.com/x.png"', 'href="https://example.com/late"',
      '<td align="right">1</td>', 'class="language-js"', '&lt;img src=x', 'rel="noopener noreferrer nofollow"', '☑']) {
      assert.ok(html.includes(kept), `${kept} in ${html}`);
    }
  }));

  for (const [name, look] of [
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }],
    ['narrow', { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' }],
  ]) {
    test(`fits and reads well: ${name}`, LIMIT, () => inPage(async page => {
      await picture(page, `${name}-empty`);
      const [heading, bar] = await page.evaluate(() => ['#welcome h2', '.bar'].map(it => document.querySelector(it).getBoundingClientRect()).map(({ top, bottom }) => ({ top, bottom })));
      assert.ok(heading.top >= bar.bottom, 'an empty page begins at its top');
      await page.locator('.example').first().click();
      await wordsShown(page, 150);
      await picture(page, `${name}-answering`);
      await ended(page);
      await picture(page, `${name}-answered`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the screen');
      const nameless = await page.evaluate(() => [...document.querySelectorAll('button, select, textarea, input, a')]
        .filter(it => !(it.ariaLabel || it.textContent.trim() || it.labels?.[0]?.textContent.trim())).map(it => it.outerHTML));
      assert.deepEqual(nameless, []);
      const contrast = await page.evaluate(leastContrast);
      assert.ok(contrast.ratio >= 4.5, `${contrast.ratio.toFixed(2)} to 1 at ${contrast.at}`);
    }, { look }));
  }

  test('can be used from the keyboard alone', LIMIT, () => inPage(async page => {
    await page.locator('#open-list').focus();
    await page.keyboard.press('Shift+Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'prompt');
    await page.keyboard.type(QUESTION);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), 'Send');
    await page.keyboard.press('Enter');
    await wordsShown(page, 30);
    assert.equal(await page.evaluate(() => document.querySelector('#send').ariaLabel), 'Stop');
    await page.keyboard.press('Escape');
    await ended(page);
  }));
});

test("the contract's JavaScript sample runs with one changed name", LIMIT, () => inPage(async page => {
  const sample = readFileSync(new URL('contract-sample.js', import.meta.url), 'utf8').replace('new EventSource(', 'new AgnoEventSource(');
  await page.route('**/sample.html', route => route.fulfill({ contentType: 'text/html', body: '<!doctype html><p id="response"></p><script type="module" src="sample.js"></script>' }));
  await page.route('**/sample.js', route => route.fulfill({ contentType: 'text/javascript', body: `import { AgnoEventSource } from '/agno-chat.js';\n${sample}` }));
  await page.goto(`${services.api.url}/sample.html`);
  await page.waitForFunction(expected => document.querySelector('#response').textContent === expected, story);
}, { expected: [/favicon/] }));

// samples/javascript/chat.mjs with the module and the address of the API, printing to the page's console.
const sample = () => readFileSync(new URL('../../../samples/javascript/chat.mjs', import.meta.url), 'utf8')
  .replace('../../clients/agno-chat.js', `${services.api.url}/agno-chat.js`)
  .replace("process.argv[2] ?? 'http://localhost:8000'", `'${services.api.url}'`)
  .replace('process.stdout.write(', 'console.log(');

async function inBlankPage(url, steps) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const said = { text: '', errors: [] };
    page.on('console', message => {
      if (message.type() === 'log') said.text += message.text();
      else if (message.type() === 'error') said.errors.push(message.text());
    });
    await page.goto(url);
    await page.addScriptTag({ type: 'module', content: sample() });
    await steps(said, page);
  } finally {
    await context.close();
  }
}

test("the JavaScript sample runs in a page of an origin that the API names, over a restart of the API", LIMIT, () => inBlankPage(pages.url, async (said, page) => {
  await waitUntil('some words', () => said.text.length > 100);
  await services.api.kill();
  await services.api.start();
  await waitUntil('the whole story', () => said.text.length >= story.length, 60_000);
  assert.equal(said.text, story);
  assert.notEqual(await page.evaluate(() => location.origin), new URL(services.api.url).origin);
}));

test('a page of an origin that the API does not name gets neither the module nor an answer', LIMIT, () => inBlankPage(pages.unnamedUrl, async (said, page) => {
  await waitUntil('the browser refuses', () => said.errors.some(error => /CORS policy/.test(error)));
  const read = await page.evaluate(url => fetch(url).then(response => response.text(), error => error.name), `${services.api.url}/v1/models`);
  assert.equal(read, 'TypeError');
  assert.equal(said.text, '');
}));

// The lowest contrast (WCAG 2, 1.4.3) between visible text and what is behind it. Runs in the page.
function leastContrast() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map(part => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let it = element; it; it = it.parentElement) {
      const colour = rgba(getComputedStyle(it).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255];
  };
  let worst = { ratio: 21, at: '' };
  for (const element of document.querySelectorAll('body *:not(dialog *):not(.skip):not(button:disabled):not(option)')) {
    const hasText = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
    if (!hasText || !element.checkVisibility()) continue;
    const [light, dark] = [luminance(rgba(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < worst.ratio) worst = { ratio, at: element.outerHTML.slice(0, 80) };
  }
  return worst;
}
