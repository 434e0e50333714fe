// Which versions grow in their place: the version `null` where versioning is suspended, unless replication knows it. What is
// on its way to a destination would else be settled as having arrived, with other bytes than it has by then.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import { packedPut } from '../src/metadata/packed-put.ts';
import metadataStore from '../src/metadata/store.ts';

const bucket = 'suspended';
const plain = { headers: {}, userMetadata: {} };
const state = { 'arn:aws:s3:::copies': { status: 'PENDING' } };
const object = { key: 'a', size: 1, etag: 'e'.repeat(32), modified_ms: 1_000, checksum: null };

for (const [what, attributes, stays] of [
  ['a null version that went nowhere grows in its place', plain, true],
  ['one that is replicated is replaced', { ...plain, replication: { to: state } }, false],
  ['so is a replica', { ...plain, replication: { replica: true } }, false],
] as const) {
  test(what, async () => {
    const simulation = new Simulation({ seed: 1 });
    const machine = simulation.machine('node');
    await simulation.run(async () => {
      const sql = await openSimulatedSql(machine, metadataStore);
      const made = { name: bucket, id: 1, owner: 'me', created_ms: 0 };
      await sql.write('createConfiguredBucket', { bucket: made, changes: [] });
      await sql.write('changeVersioning', { bucket, versioning: 'suspended' });
      const { id: bucketId } = (await sql.read('findBucket', { bucket }))!;
      const common = { bucket, bucketId, random: 'ab'.repeat(8), condition: undefined, cause: undefined };
      const first = { ...object, data: '1'.repeat(32), part_count: null };
      const put = { ...common, object: { ...first, attributes: JSON.stringify(attributes) } };
      await sql.write('putObject', packedPut({ ...put, place: undefined }));
      const before = await sql.read('findObject', { bucket, key: 'a' });
      const added = { ...object, attributes: JSON.stringify(plain), data: '2'.repeat(32), part_count: null };
      const appended = await sql.write('appendObject', {
        ...{ ...common, object: added, offset: 1, uploadId: '3'.repeat(32) },
        ...{ found: null, salt: null, places: [] },
      });
      assert(typeof before === 'object' && typeof appended === 'object');
      const after = await sql.read('findObject', { bucket, key: 'a' });
      assert(typeof after === 'object');
      assert.deepEqual([after.size, after.part_count, after.null_version], [2, 2, 1]);
      assert.equal(after.attributes, JSON.stringify(plain));
      assert.equal(after.version === before.version, stays);
      const { versions } = (await sql.read('listVersions', {
        ...{ bucket, prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 10 },
      })) as { versions: readonly unknown[] };
      assert.equal(versions.length, 1);
    });
  });
}
