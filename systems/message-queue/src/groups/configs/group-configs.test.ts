import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentTelemetry } from '@cairn/telemetry';
import { configuredGroupsMax } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { groupSettingsDefault } from '../group-settings.ts';
import { GroupConfigs } from './group-configs.ts';

function openOn(sql: { read: () => Promise<unknown>; write: (...write: unknown[]) => Promise<void> }) {
  const { log } = silentTelemetry();
  return GroupConfigs.open({ sql: sql as unknown as MetadataSql, settings: groupSettingsDefault, log });
}

const filter = (text: string) => () => ({ 'cairn.filter': text });
const now = { validateOnly: false };

test('as many groups may be configured as memory is meant for', async () => {
  const configuration = JSON.stringify({ 'cairn.filter': 'red' });
  const rows = Array.from({ length: configuredGroupsMax }, (_, index) => ({
    group_id: `${index}`,
    configuration,
  }));
  const configs = await openOn({ read: async () => rows, write: async () => {} });
  await assert.rejects(configs.change('one more', filter('red'), now), { code: 'POLICY_VIOLATION' });
  await configs.change('7', filter('blue'), now);
  assert.equal(configs.filterOf('7')?.text, 'blue');
  await configs.change('7', () => ({}), now);
  await configs.change('one more', filter('red'), now);
});

test('what could not be written is not in force, and the next change is made', async () => {
  let fails = true;
  const write = async () => {
    if (fails) throw new Error('the database went away');
  };
  const configs = await openOn({ read: async () => [], write });
  await assert.rejects(configs.change('g', filter('red'), now), /went away/);
  assert.equal(configs.hasFilters, false);
  fails = false;
  await configs.change('g', filter('blue'), now);
  assert.equal(configs.filterOf('g')?.text, 'blue');
});

test('changes of a group are made one after the other', async () => {
  const written: unknown[] = [];
  const write = async (_: unknown, row: unknown) => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    written.push(row);
  };
  const configs = await openOn({ read: async () => [], write });
  await Promise.all(
    ['a', 'b', 'c'].map((tag) =>
      configs.change(
        'g',
        ({ 'cairn.filter': before }) => ({ 'cairn.filter': before ? `${before}||${tag}` : tag }),
        now,
      ),
    ),
  );
  assert.equal(configs.filterOf('g')?.text, 'a||b||c');
  assert.equal(written.length, 3);
});
