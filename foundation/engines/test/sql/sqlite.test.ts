// SQLite against the conformance suite, in real files.

import { join } from 'node:path';
import { openSql, type Sql, type Store } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { sqlConformance } from './conformance.ts';

sqlConformance({
  name: 'SQLite',
  async run(t, scenario) {
    const world = realWorld();
    const file = join(await temporaryDirectory(t), 'made', 'on the way', 'test.sqlite');
    const opened: Sql<Store>[] = [];
    try {
      await scenario(async (store) => {
        const sql = await openSql(store, { url: 'file:', file, world });
        opened.push(sql as unknown as Sql<Store>);
        return sql;
      });
    } finally {
      for (const sql of opened) await sql.close();
    }
  },
});
