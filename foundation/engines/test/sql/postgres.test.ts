// PostgreSQL against the conformance suite, each test in a database of its own.

import { openSql, type Sql, type Store } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { sqlConformance } from './conformance.ts';
import { freshDatabase, postgresMissing } from './postgres-server.ts';

sqlConformance({
  name: 'PostgreSQL',
  skip: postgresMissing,
  async run(_, scenario) {
    const world = realWorld();
    const url = await freshDatabase();
    const opened: Sql<Store>[] = [];
    try {
      await scenario(async (store) => {
        const sql = await openSql(store, { url, world });
        opened.push(sql as unknown as Sql<Store>);
        return sql;
      });
    } finally {
      for (const sql of opened) await sql.close();
    }
  },
});
