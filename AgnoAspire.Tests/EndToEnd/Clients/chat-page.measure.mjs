// Measures the chat page while a long answer arrives: frame times, heap and layout shifts. Not a test: the figures are the machine's too.
// Run it like the tests (processes.mjs); WORDS and RATE (words/s) in the environment change the answer.

import { ask, inPage, launch } from './browser.mjs';
import { startServices } from './processes.mjs';
import { startProvider } from './scripted-provider.mjs';

const WORDS = Number(process.env.WORDS ?? 20_000);
const RATE = Number(process.env.RATE ?? 100);
const SETTLED = 1000;

// Runs in the page.
function observe() {
  const measured = window.measured = { frames: [], shift: 0, longTasks: 0 };
  new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) measured.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver(list => { measured.longTasks += list.getEntries().length; }).observe({ type: 'longtask' });
  let last = performance.now();
  const frame = now => {
    measured.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

const provider = await startProvider();
const services = await startServices({ provider: provider.url });
const browser = await launch();
try {
  await inPage(browser, services.api.url, async (page, _, context) => {
    await page.evaluate(observe);
    await ask(page, `Say ${WORDS} words at ${RATE}`);
    await page.waitForFunction(() => document.querySelector('.answer') && !document.querySelector('.answer.live'), null, { timeout: WORDS / RATE * 1000 + 120_000 });
    await page.waitForTimeout(SETTLED);
    const { frames, shift, longTasks } = await page.evaluate(() => window.measured);
    const devtools = await context.newCDPSession(page);
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    frames.sort((a, b) => a - b);
    const at = share => frames[Math.floor(frames.length * share)].toFixed(1);
    console.log(`${WORDS} words at ${RATE}/s: ${frames.length} frames, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${frames.at(-1).toFixed(1)} ms; `
      + `${longTasks} long tasks; heap ${(usedSize / 1e6).toFixed(1)} MB; layout shift ${shift.toFixed(4)}`);
  });
} finally {
  await browser.close();
  await services.stop();
  provider.close();
}
