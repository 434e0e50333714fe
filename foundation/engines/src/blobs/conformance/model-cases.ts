// Random operations against the simplest thing that could be right: a map in memory.

import assert from 'node:assert/strict';
import type { Blobs } from '../blobs.ts';
import type { BlobsCase } from './blobs-case.ts';
import { byUtf8Bytes, readBlob, SeededBytes } from './bytes.ts';

const operations = 300;

export const modelCases: readonly BlobsCase[] = [
  {
    title: 'random operations do what they do to a map',
    needs: 'byteOrder',
    async run(blobs, { seed, features }) {
      const source = new SeededBytes(seed);
      const model = new Map<string, Buffer>();
      for (let step = 0; step < operations; step++) {
        try {
          await operate(blobs, { model, source, canIfAbsent: features.ifAbsent });
        } catch (error) {
          throw new Error(`BLOBS_SEED=${seed}, operation ${step}`, { cause: error });
        }
      }
      assert(model.size > 0);
    },
  },
];

type Run = {
  readonly model: Map<string, Buffer>;
  readonly source: SeededBytes;
  readonly canIfAbsent: boolean;
};

async function operate(blobs: Blobs, { model, source, canIfAbsent }: Run): Promise<void> {
  const name = randomName(source);
  switch (source.pick(['put', 'put', 'putIfAbsent', 'get', 'head', 'delete', 'list', 'list'] as const)) {
    case 'put': {
      const body = source.bytes(source.integer(2000));
      assert.equal(await blobs.put(name, body), 'stored');
      model.set(name, body);
      return;
    }
    case 'putIfAbsent': {
      if (!canIfAbsent) return;
      const body = source.bytes(source.integer(2000));
      assert.equal(await blobs.put(name, body, { ifAbsent: true }), model.has(name) ? 'exists' : 'stored');
      if (!model.has(name)) model.set(name, body);
      return;
    }
    case 'get':
      assert.deepEqual(await readBlob(blobs, name), model.get(name));
      return;
    case 'head':
      assert.equal((await blobs.head(name))?.sizeBytes, model.get(name)?.length);
      return;
    case 'delete':
      await blobs.delete([name]);
      model.delete(name);
      return;
    case 'list': {
      const prefix = name.slice(0, source.integer(3));
      const after = randomName(source);
      const limit = 1 + source.integer(10);
      const page = await blobs.list({ prefix, after, limit });
      const expected = [...model.keys()]
        .filter((candidate) => candidate.startsWith(prefix) && byUtf8Bytes(candidate, after) > 0)
        .sort(byUtf8Bytes);
      assert.deepEqual(
        page.blobs.map((info) => info.name),
        expected.slice(0, limit),
      );
      assert.equal(page.more, expected.length > limit);
    }
  }
}

/** Few enough that operations meet. */
function randomName(source: SeededBytes): string {
  return Array.from({ length: 1 + source.integer(4) }, () => source.pick(['a', 'b', '/', 'é', 'B'])).join('');
}
