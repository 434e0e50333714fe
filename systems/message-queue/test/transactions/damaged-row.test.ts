// Rows of transactional ids that are not what was written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSimulatedSql, type Transaction } from '@cairn/engines';
import metadataStore from '../../src/metadata/store.ts';
import { statement } from '../../src/metadata/transaction-tables.ts';
import { Client, startBroker, withBroker } from './coordinator-fixture.ts';

const damage = statement({ id: 'text', status: 'text' }, (db, p) =>
  db.updateTable('transactional_id').set({ status: p.status }).where('id', '=', p.id),
);
const damagingStore = {
  ...metadataStore,
  writes: {
    ...metadataStore.writes,
    *damage(input: { id: string; status: string }): Transaction<number> {
      return yield* damage.run(input);
    },
  },
};

test('an abort that rotted to a commit commits nothing: its transactional id is out of use, others go on', () =>
  withBroker(async (client, { machine, disk }) => {
    const producer = await client.init('rotten');
    await client.add('rotten', producer, 'a');
    await client.produce('rotten', producer, { topic: 'a', text: 'x', sequence: 0 });
    machine.crash();
    machine.restart();
    const sql = await openSimulatedSql(machine, damagingStore);
    assert.equal(await sql.write('damage', { id: 'rotten', status: 'PrepareCommit' }), 1);
    const broker = await startBroker({ machine, disk, starts: 2 });
    const again = new Client(broker);
    assert.equal((await again.init('rotten')).code, 'UNKNOWN_SERVER_ERROR');
    assert.equal((await again.end('rotten', producer, { commit: true })).code, 'UNKNOWN_SERVER_ERROR');
    const { transactionStates } = broker.coordinator.describeTransactions({ transactionalIds: ['rotten'] });
    assert.equal(transactionStates[0]!.errorCode, -1);
    assert.equal((await again.init('sound')).code, 'NONE');
    assert.deepEqual(disk.logs.get('a')!.committed(), []);
    await broker.coordinator.close();
  }));
