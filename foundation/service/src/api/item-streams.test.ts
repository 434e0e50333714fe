// Answers that stream: what is asked for, how they end, and what is left when the client goes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '@cairn/telemetry';
import { Simulation } from '@cairn/world/simulated';
import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { ItemStreams } from './item-streams.ts';

const item = z.strictObject({ n: z.int() });
const options = { item, requestId: 'r' };

function within(work: (streams: ItemStreams, simulation: Simulation) => Promise<void>): () => Promise<void> {
  return async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(async () => {
      const { clock } = simulation.machine('server').world;
      await work(new ItemStreams({ clock, log: silentLog }), simulation);
    });
  };
}

describe('item streams', () => {
  test(
    'items are lines, a group is written at once, and the end is the end',
    within(async (streams) => {
      const response = await streams.answer(options, async () => groups([[1, 2], [], [3]]));
      assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
      assert.deepEqual(await chunksOf(response), ['{"n":1}\n{"n":2}\n', '{"n":3}\n']);
    }),
  );

  test(
    'no group is asked for before the client takes the one before, and none once it is gone',
    within(async (streams) => {
      let asked = 0;
      let isClosed = false;
      let signal: AbortSignal | undefined;
      async function* endless() {
        try {
          for (;;) yield [{ n: ++asked }];
        } finally {
          isClosed = true;
        }
      }
      const response = await streams.answer(options, async (given) => {
        signal = given;
        return endless();
      });
      assert.equal(asked, 0);
      const reader = response.body!.getReader();
      await reader.read();
      await reader.read();
      assert.equal(asked, 2);
      await reader.cancel();
      assert.deepEqual([asked, isClosed, signal?.aborted], [2, true, true]);
    }),
  );

  test(
    'a stream with nothing to say shows that it lives',
    within(async (streams, simulation) => {
      const { clock } = simulation.machine('server').world;
      async function* slow() {
        await clock.sleep(40_000);
        yield [{ n: 1 }];
      }
      const response = await streams.answer(options, async () => slow());
      assert.deepEqual(await chunksOf(response), ['\n', '\n', '{"n":1}\n']);
    }),
  );

  test(
    'what fails behind the first line is told by the last',
    within(async (streams) => {
      async function* failing() {
        yield [{ n: 1 }];
        throw new ApiError('not-found', 'it is gone');
      }
      const response = await streams.answer(options, async () => failing());
      const [, last] = await chunksOf(response);
      assert.deepEqual(JSON.parse(last!), {
        error: { code: 'not-found', message: 'it is gone', requestId: 'r' },
      });
    }),
  );

  test(
    'an item that breaks the document is our mistake, without details for the client',
    within(async (streams) => {
      const response = await streams.answer(options, async () => groups([['secret' as never]]));
      const [last] = await chunksOf(response);
      assert.equal(JSON.parse(last!).error.code, 'internal');
      assert.doesNotMatch(last!, /secret/);
    }),
  );

  test(
    'what fails before the first line is the answer, and leaves nothing open',
    within(async (streams) => {
      let signal: AbortSignal | undefined;
      const failed = streams.answer(options, async (given) => {
        signal = given;
        throw new ApiError('not-found', 'no such thing');
      });
      await assert.rejects(failed, { code: 'not-found' });
      assert.equal(signal?.aborted, true);
    }),
  );

  test(
    'a service that stops ends streams that wait, and begins no other',
    within(async (streams) => {
      async function* waiting(signal: AbortSignal) {
        yield [{ n: 1 }];
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }
      const response = await streams.answer(options, async (signal) => waiting(signal));
      const reader = response.body!.getReader();
      await reader.read();
      const last = reader.read();
      streams.end();
      assert.equal(JSON.parse(textOf((await last).value)).error.code, 'unavailable');
      assert.equal((await reader.read()).done, true);
      await assert.rejects(
        streams.answer(options, async () => groups([])),
        { code: 'unavailable' },
      );
    }),
  );
});

async function* groups(all: readonly (readonly number[])[]) {
  for (const group of all) yield group.map((n) => (typeof n === 'number' ? { n } : n));
}

async function chunksOf(response: Response): Promise<readonly string[]> {
  const chunks: string[] = [];
  for await (const chunk of response.body!) chunks.push(textOf(chunk));
  return chunks;
}

function textOf(chunk: Uint8Array | undefined): string {
  return Buffer.from(chunk ?? []).toString();
}
