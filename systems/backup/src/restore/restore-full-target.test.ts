// A target that has no room left ends the restore, and says where.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import type { Executor, Executors, World } from '@cairn/world';
import { directory, file } from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { type RestoreSource, restoreSnapshot } from './restore-snapshot.ts';
import type { RestoreInput, RestoreOutput } from './worker/restore-messages.ts';

/** The world's executors, whose workers find no room when they write anything after the first input of a kind. */
function withoutRoom(world: World, kind: RestoreInput['kind']): World {
  const open: Executors['open'] = async <Init, Input, Output>(...given: Parameters<Executors['open']>) => {
    const executor = await world.executors.open<Init, Input, Output>(...(given as [URL, Init]));
    const run = async (input: Input): Promise<Output> => {
      if ((input as RestoreInput).kind !== kind) return executor.run(input);
      const failure = { entry: 0, kind: 'full', problem: 'ENOSPC: no space left on device' } as const;
      return { failures: [failure], notices: [], inodes: [] } satisfies RestoreOutput as Output;
    };
    return { run, close: () => executor.close() } satisfies Executor<Input, Output>;
  };
  return { ...world, executors: { open } };
}

const large = Array.from({ length: 40 }, (_, at) => new Uint8Array(500_000).fill(at));

for (const kind of ['write', 'piece', 'open'] as const)
  test(`no room at ${kind} is an error that says so, and no piece of a file stays`, async (t) => {
    const { repository, add } = await sampleRepository();
    t.after(() => repository.close());
    const target = await temporaryDirectory(t);
    const snapshot = await add([directory('a', [file('small', 'x')]), file('large', large)]);
    const full = { ...bound(repository), world: withoutRoom(repository.world, kind) };
    await assert.rejects(restoreSnapshot(full, snapshot, { target }), (error: Error) => {
      assert.equal((error as { code?: string }).code, 'target');
      assert.match(error.message, /ENOSPC/);
      return true;
    });
    assert.ok(!readdirSync(target).includes('large'));
  });

/** A repository is a class with private members, so its methods are bound to it. */
function bound(repository: RestoreSource): RestoreSource {
  const { config, keyring, world, blobs } = repository;
  return {
    config,
    keyring,
    world,
    blobs,
    index: (options) => repository.index(options),
    readChunks: (fingerprints, options) => repository.readChunks(fingerprints, options),
  };
}
