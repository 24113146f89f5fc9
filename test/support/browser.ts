// A real Chromium for tests of pages. It is looked for on PATH; `scripts/install-test-tools` installs it.

import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained about: console, uncaught errors, broken policy, failed requests. */
  readonly complaints: string[];
  /** Addresses that it asked for. */
  readonly requests: string[];
}

export interface TestBrowser extends AsyncDisposable {
  readonly browser: Browser;
  visit(options?: BrowserContextOptions): Promise<Visit>;
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts it. Disposing ends it with all its pages. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: quiet });
  return {
    browser,
    async visit(options = {}) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      page.on('requestfailed', (request) =>
        complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`),
      );
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => requests.push(request.url()));
      return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function chromiumPath(): Promise<string> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of folders) {
      const path = join(folder, name);
      const there = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (there) return path;
    }
  }
  throw new Error('No Chromium on PATH. Run scripts/install-test-tools.');
}
