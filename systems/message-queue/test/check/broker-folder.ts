// The folder of a broker: opened for a test, and its rows changed behind the broker's back, as rot does.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { cleanUpAfter, type TestContext } from '@cairn/testing';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';

/** Closed with the test. */
export async function open(t: TestContext, directory: string): Promise<MessageQueue> {
  const queue = await openMessageQueue({ directory });
  cleanUpAfter(t, () => queue.close());
  return queue;
}

/** Of a broker that is closed. Each update of the metadata store has to change a row. */
export function change(directory: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  for (const statement of statements) {
    const { changes } = database.prepare(statement).run();
    assert.ok(changes > 0 || !statement.startsWith('update'), statement);
  }
  database.close();
}
