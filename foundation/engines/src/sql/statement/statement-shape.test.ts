import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { tablesOf } from './statement.ts';
import { shapeOf } from './statement-shape.ts';

const { statement } = tablesOf<{ item: { key: string; size: number } }>();

/** A statement with a constant that its builder takes from where it stands. */
function findColumns(columns: readonly ('key' | 'size')[]) {
  return statement({ key: 'text' }, (db, p) =>
    db.selectFrom('item').select(columns).where('key', '=', p.key),
  );
}

test('a shape tells what was asked, with the parameters and their types', () => {
  assert.equal(
    shapeOf(findColumns(['size']).source),
    'db.selectFrom("item").select(["size"]).where("key","=",:key text)',
  );
});

test('a constant from around the builder is in the shape, so statements that share a source are told apart', () => {
  const shapes = [findColumns(['key']), findColumns(['size']), findColumns(['key', 'size'])].map(
    ({ source }) => shapeOf(source),
  );
  assert.equal(new Set(shapes).size, 3);
  assert.equal(shapeOf(findColumns(['key']).source), shapes[0]);
});

test('a parameter of another type makes another shape, because PostgreSQL is told the type', () => {
  const shapes = (['integer', 'integer?'] as const).map((type) =>
    shapeOf(
      statement({ size: type }, (db, p) => db.updateTable('item').set({ size: p.size as number })).source,
    ),
  );
  assert.notEqual(shapes[0], shapes[1]);
});

test('callbacks within callbacks keep their builders apart', () => {
  const nested = (inner: 'own' | 'outer') =>
    statement({}, (db) =>
      db
        .selectFrom('item')
        .selectAll()
        .where((one) =>
          one.exists(
            one
              .selectFrom('item as other')
              .select('other.key')
              .where((two) => (inner === 'own' ? two : one).val(true)),
          ),
        ),
    );
  assert.match(shapeOf(nested('own').source)!, /b1 => b1\.exists\(.*b2 => b2\.val\(true\)/);
  assert.match(shapeOf(nested('outer').source)!, /b1 => b1\.exists\(.*b2 => b1\.val\(true\)/);
});

test('quotes in a constant do not make it look like something else', () => {
  const quoted = statement({}, (db) => db.selectFrom('item').select((row) => row.lit(1).as('a").as("b')));
  assert.equal(shapeOf(quoted.source), 'db.selectFrom("item").select(b1 => b1.lit(1).as("a\\").as(\\"b"))');
});

test('a builder that uses more of Kysely than its methods has no shape', () => {
  const raw = statement({ key: 'text' }, (db, p) =>
    db.selectNoFrom(sql<number>`length(${p.key})`.as('length')),
  );
  assert.equal(shapeOf(raw.source), undefined);
});
