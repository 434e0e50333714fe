import assert from 'node:assert/strict';
import test from 'node:test';
import { type Exchange, TurnBudget } from '@cairn/service';
import { sendResponse } from './send-response.ts';

const KiB = 1024;

/** Sends chunks of 256 KiB to a client, and gives the sizes of the writes. `keepsUp` is asked for each. */
async function writesOf(chunkCount: number, keepsUp: (write: number) => boolean): Promise<readonly number[]> {
  const writes: number[] = [];
  const received: Buffer[] = [];
  const exchange = {
    gone: false,
    addField: () => {},
    begin: () => {},
    write: (bytes: Uint8Array) => {
      received.push(Buffer.from(bytes));
      writes.push(bytes.length / KiB);
      return keepsUp(writes.length - 1) ? undefined : Promise.resolve();
    },
    end: () => {},
  } as unknown as Exchange;
  const chunk = Buffer.from(Uint8Array.from({ length: 256 * KiB }, (_, at) => at % 251));
  const chunks = async function* () {
    for (let count = 0; count < chunkCount; count++) yield chunk;
  };
  const sizeBytes = chunkCount * chunk.length;
  const content = { sizeBytes, whole: undefined, chunks, close: () => {} };
  const sent = sendResponse(
    exchange,
    { status: 200, headers: {}, body: { kind: 'content', content } },
    { turns: new TurnBudget(1_000) },
  );
  assert.equal(await sent, sizeBytes);
  assert(Buffer.concat(received).equals(Buffer.concat(Array(chunkCount).fill(chunk))));
  return writes;
}

test('who keeps up is sent chunks as they are, once that is known', async () => {
  assert.deepEqual(await writesOf(3, () => true), [64, 192, 256, 256]);
});

test('of who does not keep up, 64 KiB have to be taken within the time limit, and no more', async () => {
  assert.deepEqual(await writesOf(2, () => false), Array(8).fill(64));
  assert.deepEqual(await writesOf(3, (write) => write !== 2), [64, 192, 256, 64, 192]);
});

test('lent memory is given back when the kernel has it, or the client is gone', async () => {
  for (const ends of ['taken', 'lost'] as const) {
    const taken = Promise.withResolvers<void>();
    let closed = false;
    const content = {
      ...{ sizeBytes: 5, whole: Buffer.from('hello'), chunks: () => assert.fail('it is there') },
      close: () => {
        closed = true;
      },
    };
    const exchange = {
      ...{ gone: false, addField: () => {} },
      ...{ send: () => false, whenTaken: () => taken.promise },
    } as unknown as Exchange;
    const answer = { status: 200, headers: {}, body: { kind: 'content', content } } as const;
    assert.equal(await sendResponse(exchange, answer, { turns: new TurnBudget(1_000) }), 5);
    assert.equal(closed, false);
    if (ends === 'taken') taken.resolve();
    else taken.reject(new Error('gone'));
    await taken.promise.catch(() => {});
    assert.equal(closed, true);
  }
});
