// The tables of the metadata store, for tests that empty them or change a row behind the storage's back.

import { defineStore, type Transaction } from '@cairn/engines';
import { migrations } from '../src/metadata/migrations.ts';
import { statement } from '../src/metadata/tables.ts';

const tables = [
  'bucket',
  'bucket_configuration',
  'lifecycle',
  'object',
  'version',
  'upload',
  'part',
  'share',
  'garbage',
  'event',
  'event_sequence',
  'master_key',
  'bucket_usage',
  'user_usage',
  'movement',
  'restored',
  'placed_garbage',
  'replication',
  'replication_pass',
  'rename_token',
] as const;
const emptied = tables.map((table) => statement({}, (db) => db.deleteFrom(table)));
const resized = statement({ size: 'integer', key: 'text' }, (db, p) =>
  db.updateTable('object').set({ size: p.size }).where('key', '=', p.key),
);
const garbled = statement({ attributes: 'text', key: 'text' }, (db, p) =>
  db.updateTable('object').set({ attributes: p.attributes }).where('key', '=', p.key),
);
const owned = statement({ owner: 'text', name: 'text' }, (db, p) =>
  db.updateTable('bucket').set({ owner: p.owner }).where('name', '=', p.name),
);

export default defineStore({
  module: import.meta.url,
  name: 'object-storage',
  migrations,
  reads: {},
  writes: {
    *wipe(_input: Record<string, never>): Transaction<void> {
      for (const table of emptied) yield* table.run({});
    },
    // The row keeps the checksum that it had.
    garble: (input: { attributes: string; key: string }) => garbled.run(input),
    giveAway: (input: { owner: string; name: string }) => owned.run(input),
    resize: (input: { size: number; key: string }) => resized.run(input),
  },
});
