/** A real Chromium for tests of the page. It is never downloaded: the system's own is used. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];
const executablePath = PLACES.find((place) => existsSync(place));

/** Why the tests of this file cannot run; false when they can. On a CI server they run, and fail, in any case. */
export const skip = executablePath === undefined && process.env['CI'] !== 'true' ? 'chromium is missing' : false;

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Console errors, uncaught errors and requests for anything but the file itself. */
  readonly complaints: readonly string[];
}

export interface PageBrowser extends AsyncDisposable {
  open(html: string, options?: BrowserContextOptions & { readonly hash?: string }): Promise<OpenPage>;
}

async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url.split('#')[0]) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

export async function launchBrowser(): Promise<PageBrowser> {
  const browser = await chromium.launch({
    executablePath: executablePath ?? 'chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'streamproof-page-'));
  let files = 0;
  return {
    async open(html, { hash = '', ...options } = {}) {
      files += 1;
      const file = join(folder, `${files}.html`);
      await writeFile(file, html);
      return openPage(browser, pathToFileURL(file).href + hash, options);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
