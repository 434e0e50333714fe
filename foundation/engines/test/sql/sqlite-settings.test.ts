// What the connection that writes is set to, as SQLite says it: a kill loses nothing that the system holds, so no kill shows
// whether a commit waits for the disk.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSql } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import settingsStore from './sqlite-settings-store.ts';

// https://www.sqlite.org/pragma.html#pragma_synchronous
const [normal, full] = [1, 2];

for (const [durability, synchronous] of [
  [undefined, full],
  ['synced', full],
  ['os', normal],
] as const) {
  test(`a commit waits for the disk as ${durability ?? 'the default'} has it`, async (t) => {
    const url = `file:${join(await temporaryDirectory(t), 'test.sqlite')}`;
    const sql = await openSql(settingsStore, { url, world: realWorld(), ...(durability && { durability }) });
    t.after(() => sql.close());
    assert.deepEqual(await sql.write('settings', {}), { synchronous, journalMode: 'wal' });
  });
}
