import t from 'tap';
import { renderJunit } from '../junit.ts';
import { launchBrowser, skip, type PageBrowser } from '../test-support/browser.ts';
import { SAMPLE_ROWS } from '../test-support/sample-rows.ts';
import { demoRun, failingRun, hostileRun, loadRun, passingRun, SAMPLES } from '../test-support/sample-result.ts';
import { renderPage } from './page.ts';
import type { RunResult } from '../../harness/result.ts';

const KILLS = { line: 'kill matrix: 1/1', complete: true, killed: { 'event-lost-doubled-where': ['replay-live-gap'] } };
const context = { rows: SAMPLE_ROWS, kill_matrix: KILLS };
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };

function render(result: RunResult): string {
  return renderPage(result, context);
}

const INKS = ['--ink', '--soft', '--faint', '--good', '--bad', '--warn', '--link'];
const GROUNDS = ['--paper', '--sheet', '--code'];

/** WCAG 2.2 relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [r = NaN, g = NaN, b = NaN] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

// What runs in the browser is given as text: it is no code of this process, and needs no types of the DOM here.
const NO_OVERFLOW = 'document.documentElement.scrollWidth <= document.documentElement.clientWidth';
const TARGET_ID = 'document.querySelector(":target")?.id';

t.test('the page in Chromium', { skip }, async (t) => {
  const browser: PageBrowser = await launchBrowser();
  t.teardown(() => browser[Symbol.asyncDispose]());

  for (const [name, build] of Object.entries(SAMPLES)) {
    t.test(`${name}: no console error, no request, no sideways scroll on a phone`, async (t) => {
      await using opened = await browser.open(render(build()), { viewport: PHONE });
      t.equal(await opened.page.evaluate(NO_OVERFLOW), true);
      await opened.page.setViewportSize({ width: 320, height: 600 });
      await t.resolves(opened.page.waitForFunction(NO_OVERFLOW, null, { timeout: 10_000 }), 'nor on the narrowest');
      t.same(opened.complaints, []);
    });
  }

  t.test('what a hostile target sent is text and nothing else', async (t) => {
    await using opened = await browser.open(render(hostileRun()));
    t.equal(await opened.page.evaluate('window.pwned'), undefined);
    t.equal(await opened.page.locator('img, iframe, object, a[href^="javascript"], a[href^="http"]').count(), 0);
    t.match(await opened.page.locator('h1').textContent(), /<\/script><img src=x onerror=/);
    t.same(opened.complaints, []);
  });

  t.test('the first screen holds sentence, budgets, chart, counts and rerun command without scrolling', async (t) => {
    for (const build of [loadRun, demoRun]) {
      await using opened = await browser.open(render(build()), { viewport: DESKTOP });
      for (const part of ['h1', '.budgets', '.chart canvas', '.summary dl.run .command']) {
        const box = await opened.page.locator(part).boundingBox();
        t.ok(
          box !== null && box.y + box.height <= DESKTOP.height,
          `${part} ends at ${box === null ? 'nothing' : box.y + box.height}`,
        );
      }
    }
  });

  t.test('the chart reads out what is under the pointer', async (t) => {
    await using opened = await browser.open(render(loadRun()), { viewport: DESKTOP });
    const { page } = opened;
    t.equal(await page.locator('.key .p95 b').textContent(), '');
    await page.locator('.chart .u-over').hover({ position: { x: 230, y: 100 } });
    await page.waitForFunction('document.querySelector(".key .p95 b").textContent !== ""');
    t.match(await page.locator('.key .p95 b').textContent(), /^[\d.]+ m?s$/);
  });

  t.test('the filter shows the requirements that match, and counts them', async (t) => {
    await using opened = await browser.open(render(failingRun()));
    const { page } = opened;
    const rows = page.locator('.matrix tbody tr:not(.section):visible');
    t.equal(await rows.count(), SAMPLE_ROWS.length);
    await page.keyboard.press('/');
    await page.keyboard.type('mercure doubled');
    t.equal(await rows.count(), 1, 'words of source and text');
    t.equal(await page.locator('#filtered').textContent(), `1 of ${SAMPLE_ROWS.length} requirements`);
    await page.fill('#filter', 'replay-live-gap');
    t.equal(await rows.count(), 1, 'a mutant');
    await page.fill('#filter', '');
    await page.selectOption('#outcome', 'fail');
    t.equal(await rows.count(), 5);
    await page.selectOption('#outcome', 'not-observed');
    t.equal(await page.locator('#exchanges .check:visible').count(), 2, 'exchanges are filtered too');
    t.equal(await page.locator('.matrix tr.section:visible').count(), 1, 'an empty section goes');
  });

  t.test('a link to a check opens it, in both forms, and a link to a row shows it', async (t) => {
    const html = render(passingRun());
    for (const hash of ['#check-idle-healthy-reader-never', '#idle-healthy-reader-never']) {
      await using opened = await browser.open(html, { hash });
      const check = opened.page.locator('#check-idle-healthy-reader-never');
      await opened.page.waitForFunction(TARGET_ID);
      t.not(await check.getAttribute('open'), null, hash);
      t.ok(await check.locator('.wire').isVisible(), hash);
    }
    await using opened = await browser.open(html, { viewport: DESKTOP, hash: '#LIM-06' });
    const box = await opened.page.locator('#LIM-06').boundingBox();
    t.ok(box !== null && box.y >= 0 && box.y < DESKTOP.height, 'in view');
  });

  t.test('a square of the strip leads to its check; beside it to the other run’s', async (t) => {
    await using opened = await browser.open(render(demoRun()));
    await opened.page.locator('#beside .strip .cell.fail').click();
    t.equal(await opened.page.evaluate(TARGET_ID), 'beside-check-event-lost-doubled-where');
  });

  t.test('bytes as hex, and back', async (t) => {
    await using opened = await browser.open(render(failingRun()));
    const wire = opened.page.locator('#check-event-lost-doubled-where .wire').first();
    const line = wire.locator('li.received', { hasText: 'caf' }).first().locator('code');
    const text = await line.textContent();
    const code = wire.locator('li.received code');
    const index = (await code.allTextContents()).indexOf(text ?? '');
    await wire.locator('.hex').click();
    t.match(await code.nth(index).textContent(), /^64 61 74 61 3a 20 7b 22 69 64/, 'data: {"id');
    t.match(await code.nth(index).textContent(), /63 61 66 c3 a9/, 'an escaped byte is one byte');
    await wire.locator('.hex').click();
    t.equal(await code.nth(index).textContent(), text);
  });

  t.test('without scripts the page is complete: static chart, no dead controls', async (t) => {
    await using opened = await browser.open(render(demoRun()), { javaScriptEnabled: false });
    const { page } = opened;
    t.ok(await page.locator('.chart svg path.p95').isVisible());
    t.ok(await page.locator('.matrix').isVisible());
    t.equal(await page.locator('.filter:visible, .copy:visible, .hex:visible').count(), 0);
  });

  t.test('light and dark: every text colour is readable on every ground (WCAG AA)', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await browser.open(render(passingRun()), { colorScheme });
      const variables = await opened.page.evaluate<Record<string, string>>(
        `Object.fromEntries(${JSON.stringify([...INKS, ...GROUNDS])}.map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(name).trim()]))`,
      );
      const poor = INKS.flatMap((ink) =>
        GROUNDS.flatMap((ground) => {
          const ratio = contrast(variables[ink] ?? '', variables[ground] ?? '');
          return ratio >= 4.5 ? [] : [`${ink} on ${ground}: ${ratio.toFixed(2)}`];
        }),
      );
      t.same(poor, [], colorScheme);
    }
  });

  t.test('on paper: light, without controls', async (t) => {
    await using opened = await browser.open(render(failingRun()), { colorScheme: 'dark' });
    await opened.page.emulateMedia({ media: 'print' });
    t.equal(await opened.page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
    t.equal(await opened.page.locator('button:visible, .filter:visible').count(), 0);
  });

  t.test('JUnit of every sample is XML to a browser’s parser', async (t) => {
    await using opened = await browser.open('<!doctype html><title>parser</title>');
    for (const [name, build] of Object.entries(SAMPLES)) {
      const xml = JSON.stringify(renderJunit(build(), context));
      const found = await opened.page.evaluate(
        `(() => { const parsed = new DOMParser().parseFromString(${xml}, 'application/xml'); return parsed.querySelector('parsererror')?.textContent ?? parsed.documentElement.nodeName; })()`,
      );
      t.equal(found, 'testsuites', name);
    }
  });
});
