import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatchHeader } from '../batch/batch-header.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes, heldBackBytesMax, messageBatchBytesMax } from '../limits.ts';
import { MessageWriter } from './message-writer.ts';
import { decodeMessage, type Message } from './stored-message.ts';

/** Time that goes on when the test says so. */
class Hands {
  #nowMs = 0;
  readonly #timers = new Map<() => void, number>();

  readonly clock = {
    monotonicMs: () => this.#nowMs,
    setTimer: (delayMs: number, callback: () => void) => {
      this.#timers.set(callback, this.#nowMs + delayMs);
      return { cancel: () => void this.#timers.delete(callback) };
    },
  };

  get timers(): number {
    return this.#timers.size;
  }

  pass(byMs: number): void {
    this.#nowMs += byMs;
    for (const [callback, dueMs] of this.#timers)
      if (dueMs <= this.#nowMs) {
        this.#timers.delete(callback);
        callback();
      }
  }
}

/** A log whose writes end when the test says so. */
function heldLog() {
  const hands = new Hands();
  const writes: { bodies: string[]; times: number[]; end: PromiseWithResolvers<void> }[] = [];
  let endOffset = 0;
  const append = async ({ records }: { records: Uint8Array }) => {
    const messages = [...decodeRecords(decodeBatchHeader(records), records.subarray(batchHeaderBytes))].map(
      decodeMessage,
    );
    const end = Promise.withResolvers<void>();
    const baseOffset = endOffset;
    endOffset += messages.length;
    writes.push({
      ...{ bodies: messages.map(({ body }) => body), times: messages.map(({ appendedMs }) => appendedMs) },
      end,
    });
    await end.promise;
    return { baseOffset, startOffset: 0, logAppendTimeMs: -1 };
  };
  return { writes, hands, writer: new MessageWriter({ partition: { append }, clock: hands.clock }) };
}

function message(body: string): Message {
  return { id: 'id', body, attributes: {}, sender: 'anna', sentMs: 0 };
}

test('what calls bring while a write is under way is one batch, and each learns its own offset', async () => {
  const { writes, writer } = heldLog();
  const first = writer.append({ messages: [message('a')], appendedMs: 5 });
  const second = writer.append({ messages: [message('b'), message('c')], appendedMs: 6 });
  const third = writer.append({ messages: [message('d')], appendedMs: 8 });
  assert.deepEqual(
    writes.map(({ bodies }) => bodies),
    [['a']],
  );
  writes[0]!.end.resolve();
  assert.equal(await first, 0);
  await new Promise(setImmediate);
  assert.deepEqual(
    [writes[1]!.bodies, writes[1]!.times],
    [
      ['b', 'c', 'd'],
      [6, 6, 8],
    ],
  );
  writes[1]!.end.resolve();
  assert.deepEqual(await Promise.all([second, third]), [1, 3]);
});

test('what is much is written beside a write that is under way', async () => {
  const { writes, writer } = heldLog();
  const calls = ['a', 'x'.repeat(heldBackBytesMax), 'b'].map((body) =>
    writer.append({ messages: [message(body)], appendedMs: 1 }),
  );
  assert.equal(writes.length, 2);
  for (const { end } of writes) end.resolve();
  assert.deepEqual(await Promise.all(calls.slice(0, 2)), [0, 1]);
  await new Promise(setImmediate);
  writes[2]!.end.resolve();
  assert.equal(await calls[2], 2);
});

test('what waits is as many batches as it needs, and no call is cut apart', async () => {
  const { writes, writer } = heldLog();
  const third = 'x'.repeat(messageBatchBytesMax / 3 + 1);
  const calls = [['a'], ['b'], [third], [third, third, third]].map((bodies) =>
    writer.append({ messages: bodies.map(message), appendedMs: 1 }),
  );
  for (const { end } of writes) end.resolve();
  assert.deepEqual(await Promise.all(calls), [0, 1, 2, 3]);
  assert.deepEqual(
    writes.map(({ bodies }) => bodies.length),
    [1, 2, 3],
  );
});

test('a write that fails fails its calls, and the next ones are written', async () => {
  const { writes, writer } = heldLog();
  const failing = writer.append({ messages: [message('a')], appendedMs: 1 });
  const next = writer.append({ messages: [message('b')], appendedMs: 1 });
  writes[0]!.end.reject(new Error('no disk'));
  await assert.rejects(failing, /no disk/);
  await new Promise(setImmediate);
  assert.deepEqual(writes[1]!.bodies, ['b']);
  writes[1]!.end.resolve();
  assert.equal(await next, 1);
});

const slowMs = 20;

/** Callers of a slow disk, of whom some call again when they are answered. */
class Callers {
  readonly #log = heldLog();

  call(count: number): void {
    for (let index = 0; index < count; index++)
      void this.#log.writer.append({ messages: [message('x')], appendedMs: 1 });
  }

  pass(byMs: number): void {
    this.#log.hands.pass(byMs);
  }

  get sizes(): readonly number[] {
    return this.#log.writes.map(({ bodies }) => bodies.length);
  }

  /** Ends the write that is under way, and gives how many it answered. */
  async end(): Promise<number> {
    const { bodies, end } = this.#log.writes.at(-1)!;
    this.pass(slowMs);
    end.resolve();
    await new Promise(setImmediate);
    return bodies.length;
  }
}

test('regression: callers who return are written together, and not the first of them alone', async () => {
  // With 64 of them every other sync was of one message.
  const callers = new Callers();
  callers.call(8);
  for (let round = 0; round < 10; round++) {
    for (let answered = await callers.end(); answered > 0; answered--) {
      callers.pass(0.1);
      callers.call(1);
    }
  }
  assert.deepEqual(callers.sizes, [1, ...Array(10).fill(8)]);
});

test('who does not return is not waited for beyond half of a write, and soon not at all', async () => {
  const callers = new Callers();
  callers.call(8);
  await callers.end();
  callers.call(1);
  await callers.end();
  callers.call(1);
  callers.pass(slowMs / 2 - 0.1);
  assert.deepEqual(callers.sizes, [1, 8]);
  callers.pass(0.1);
  assert.deepEqual(callers.sizes, [1, 8, 1]);
  callers.call(7);
  await callers.end();
  assert.deepEqual(callers.sizes, [1, 8, 1, 7], 'the last wait was in vain');
});

test('a caller alone is written at once, however slow the disk is', async () => {
  const callers = new Callers();
  for (let round = 1; round < 10; round++) {
    callers.call(1);
    assert.equal(callers.sizes.length, round);
    await callers.end();
    callers.pass(round);
  }
});
