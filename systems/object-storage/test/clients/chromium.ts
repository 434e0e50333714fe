// A browser without a window, driven by the DevTools protocol over its pipe: JSON messages that end with a zero byte, to its
// descriptor 3 and from its descriptor 4. https://chromedevtools.github.io/devtools-protocol/

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';

export type Page = {
  /** Goes there, and waits until the page and what it holds is loaded. */
  open(url: string): Promise<void>;
  /** The value of an expression, or of the promise that it gives; fails as the page's code fails. */
  evaluate(expression: string): Promise<unknown>;
  /** Chooses files as a person does in the dialog of `<input type="file">`. */
  chooseFiles(selector: string, paths: readonly string[]): Promise<void>;
  /** Does what leads to another page, and waits until that is loaded. */
  leave(expression: string): Promise<void>;
};

type Result = Readonly<Record<string, unknown>>;
type Answer = {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Result;
  readonly error?: unknown;
};

/** It asks nobody outside for anything, and takes root for a user. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-breakpad',
  '--no-first-run',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--remote-debugging-pipe',
];

/** Starts a browser with an empty page; it ends with the test. */
export async function startChromium(t: TestContext, program: string): Promise<Page> {
  const profile = await temporaryDirectory(t);
  const browser = spawn(program, [...flags, `--user-data-dir=${join(profile, 'profile')}`, 'about:blank'], {
    env: { PATH: process.env.PATH, HOME: profile, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exited = once(browser, 'exit');
  const devTools = new DevTools(browser);
  cleanUpAfter(t, async () => {
    // It may be gone before it answers.
    void devTools.send('Browser.close').catch(() => undefined);
    await exited;
  });
  const { targetId } = await devTools.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await devTools.send('Target.attachToTarget', { targetId, flatten: true });
  const page = pageOf(devTools, String(sessionId));
  await page.start();
  return page;
}

class DevTools {
  readonly #input: Writable;
  readonly #asked = new Map<number, PromiseWithResolvers<Result>>();
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
  #count = 0;

  constructor(browser: ChildProcess) {
    this.#input = browser.stdio[3] as Writable;
    this.#input.on('error', () => this.#end());
    browser.once('exit', () => this.#end());
    void this.#read(browser.stdio[4] as Readable).catch(() => this.#end());
  }

  send(method: string, params: Result = {}, sessionId?: string): Promise<Result> {
    const asked = Promise.withResolvers<Result>();
    const id = ++this.#count;
    this.#asked.set(id, asked);
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return asked.promise;
  }

  /** The next event of that name. */
  event(method: string): Promise<void> {
    const awaited = Promise.withResolvers<void>();
    this.#awaited.set(method, awaited);
    return awaited.promise;
  }

  async #read(output: Readable): Promise<void> {
    let rest = '';
    for await (const piece of output.setEncoding('utf8')) {
      const messages = (rest + piece).split('\0');
      rest = messages.pop()!;
      for (const message of messages) this.#take(JSON.parse(message));
    }
  }

  #take({ id, method, result, error }: Answer): void {
    if (id === undefined) this.#awaited.get(method!)?.resolve();
    else if (error === undefined) this.#asked.get(id)?.resolve(result!);
    else this.#asked.get(id)?.reject(new Error(JSON.stringify(error)));
  }

  #end(): void {
    const ended = new Error('the browser has ended');
    for (const waiting of [...this.#asked.values(), ...this.#awaited.values()]) waiting.reject(ended);
  }
}

function pageOf(devTools: DevTools, sessionId: string): Page & { start(): Promise<void> } {
  const send = (method: string, params: Result = {}) => devTools.send(method, params, sessionId);
  const evaluate = async (expression: string): Promise<unknown> => {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await send('Runtime.evaluate', options);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  };
  return {
    async start() {
      await send('Page.enable');
    },
    async open(url) {
      const loaded = devTools.event('Page.loadEventFired');
      const { errorText } = await send('Page.navigate', { url });
      assert.equal(errorText, undefined, url);
      await loaded;
    },
    evaluate,
    async chooseFiles(selector, files) {
      const expression = `document.querySelector(${JSON.stringify(selector)})`;
      const { result } = await send('Runtime.evaluate', { expression });
      await send('DOM.setFileInputFiles', { files, objectId: (result as { objectId: string }).objectId });
    },
    async leave(expression) {
      const loaded = devTools.event('Page.loadEventFired');
      await evaluate(expression);
      await loaded;
    },
  };
}
