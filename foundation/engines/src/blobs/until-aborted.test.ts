import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilAborted } from './until-aborted.ts';

test('without a signal, and with one that never aborts, it is its source', async () => {
  assert.deepEqual(await Array.fromAsync(untilAborted(counting(3))), [0, 1, 2]);
  const { signal } = new AbortController();
  assert.deepEqual(await Array.fromAsync(untilAborted(counting(3), signal)), [0, 1, 2]);
});

test('an abort ends it with the reason while the source is stuck', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const reading = Array.fromAsync(untilAborted(stuck(), controller.signal));
  controller.abort(reason);
  await assert.rejects(reading, reason);
});

test('a signal that aborted before asks the source for nothing', async () => {
  const reason = new Error('enough');
  const source = { [Symbol.asyncIterator]: () => ({ next: () => assert.fail('it was asked') }) };
  await assert.rejects(Array.fromAsync(untilAborted(source, AbortSignal.abort(reason))), reason);
});

test('a reader that leaves, an abort and a failing reader release the source', async () => {
  for (const leave of ['break', 'abort', 'throw'] as const) {
    const released = Promise.withResolvers<string>();
    const controller = new AbortController();
    try {
      for await (const _ of untilAborted(counting(9, released.resolve), controller.signal)) {
        if (leave === 'break') break;
        if (leave === 'throw') throw new Error('the reader broke');
        controller.abort(new Error('enough'));
      }
    } catch {
      assert.notEqual(leave, 'break');
    }
    assert.equal(await released.promise, 'released');
  }
});

test('the error of the source is its own', async () => {
  const failing = async function* (): AsyncGenerator<number> {
    yield 1;
    throw new Error('the source broke');
  };
  await assert.rejects(
    Array.fromAsync(untilAborted(failing(), new AbortController().signal)),
    /the source broke/,
  );
});

async function* counting(end: number, onRelease?: (word: string) => void): AsyncGenerator<number> {
  try {
    for (let n = 0; n < end; n++) yield n;
  } finally {
    onRelease?.('released');
  }
}

async function* stuck(): AsyncGenerator<number> {
  yield await new Promise<number>(() => {});
}
