// Signals: the first stops in order, the second ends at once.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { stopOnSignals } from './stop-on-signals.ts';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

test('a signal stops the service; the exit code says whether in order', async () => {
  for (const [clean, code] of [
    [true, 0],
    [false, 1],
  ] as const) {
    const source = new FakeProcess();
    const stopped = stopOnSignals({ stop: async () => clean }, { source });
    source.emit('SIGTERM', 'SIGTERM');
    assert.equal(await stopped, code);
    assert.deepEqual(source.exits, []);
    assert.equal(source.listenerCount('SIGTERM') + source.listenerCount('SIGINT'), 0);
  }
});

test('a second signal exits at once with the code of that signal, while the service still stops', async () => {
  const source = new FakeProcess();
  const stopping = Promise.withResolvers<boolean>();
  let told = 0;
  const stopped = stopOnSignals({ stop: () => stopping.promise }, { source, onFirst: () => told++ });
  source.emit('SIGTERM', 'SIGTERM');
  source.emit('SIGINT', 'SIGINT');
  assert.deepEqual(source.exits, [130]);
  stopping.resolve(true);
  await stopped;
  assert.equal(told, 1);
});
