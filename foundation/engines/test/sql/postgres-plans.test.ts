// How PostgreSQL runs the statements of every store: by its indexes, also while a table is small and nothing is known of it.
// A serializable transaction that reads a table as a whole is in conflict with every other that changes it.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openSql, type Store } from '@cairn/engines';
import { startPostgres } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { Client } from 'pg';
import { statementsMade } from '../../src/sql/statement/statement.ts';

const root = join(import.meta.dirname, '../../../..');
const server = await startPostgres();
after(() => server?.stop());
const skip = server === undefined && 'postgres is not installed';

type PlanNode = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
};

/** Tables that a statement reads as a whole: row by row, or all of an index without an end to it. */
function readWhole(node: PlanNode, isLimited = false): readonly string[] {
  const { 'Node Type': type, 'Relation Name': table = '', 'Index Cond': condition, Plans = [] } = node;
  const own = type === 'Seq Scan' || (/^Index/.test(type) && condition === undefined && !isLimited);
  return [
    ...(own ? [table] : []),
    ...Plans.flatMap((each) => readWhole(each, isLimited || type === 'Limit')),
  ];
}

/** Lists and counts of everything: of tables that are short, at a start, or for who asks how much there is. */
const ofEverything = /^select (?!.* where )|^select count\(/;
/** Others that have to look at every row. Each is done by one at a time, or changes nothing and is seldom. */
const wholeByNature: Readonly<Record<string, readonly RegExp[]>> = {
  'object-storage': [/from "bucket" where "owner"/],
  'message-queue': [/from "queue_gone" where "queue" not in/],
  delays: [/^delete from "delayed_batch" where "seen_ms"/],
};

function storeModules(): readonly string[] {
  return globSync('systems/*/src/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .filter((path) => /= defineStore\(/.test(readFileSync(join(root, path), 'utf8')))
    .sort();
}

for (const path of storeModules())
  test(`no statement of ${path} reads a table as a whole on PostgreSQL`, { skip }, async () => {
    const before = statementsMade().length;
    const { default: store } = (await import(pathToFileURL(join(root, path)).href)) as { default: Store };
    const statements = statementsMade().slice(before);
    const sql = await openSql(store, { url: server!.url, world: realWorld() });
    await sql.close();
    const client = new Client({ connectionString: server!.url });
    await client.connect();
    try {
      await client.query(`set search_path = "${store.name.replaceAll('-', '_')}"`);
      await client.query('set enable_seqscan = off; set plan_cache_mode = force_generic_plan');
      const found: string[] = [];
      for (const [index, statement] of statements.entries()) {
        const { sql: text, parameterNames } = statement.compiledFor('postgres');
        await client.query(`prepare s${index} as ${text}`);
        const values = parameterNames.length === 0 ? '' : `(${parameterNames.map(() => 'null').join(', ')})`;
        const { rows } = await client.query(`explain (format json) execute s${index}${values}`);
        const tables = readWhole(rows[0]['QUERY PLAN'][0].Plan);
        const known = [ofEverything, ...(wholeByNature[store.name] ?? [])];
        if (tables.length > 0 && !known.some((each) => each.test(text))) found.push(`${tables}: ${text}`);
      }
      assert(statements.length > 0);
      assert.deepEqual(found, []);
    } finally {
      await client.end();
    }
  });
