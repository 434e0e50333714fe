// Waits for something that another process does, by looking.

import assert from 'node:assert/strict';

const lookMs = 2;
const patienceMs = 5 * 60_000;

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + patienceMs;
  while (!(await isSo())) {
    assert(Date.now() < endMs, `waited five minutes in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
