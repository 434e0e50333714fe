// The scenario of groups, and mistakes that it has to catch.

import type { Scenario } from '@cairn/world/simulated';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { type GroupStep, groupScenario } from './groups-scenario.ts';

export const groups: Scenario<GroupStep> = groupScenario({ name: 'groups' });

export const groupMutants = {
  'forgotten-group': groupScenario({
    name: 'forgotten-group',
    mutate: (sql) => changed(sql, (write) => ({ ...write, state: undefined })),
  }),
  'forgotten-offsets': groupScenario({
    name: 'forgotten-offsets',
    mutate: (sql) => changed(sql, (write) => (write.state === undefined ? { ...write, offsets: [] } : write)),
  }),
  'early-answer': groupScenario({
    name: 'early-answer',
    mutate: (sql) => changed(sql, (write) => write, { waits: false }),
  }),
} as const satisfies Record<string, Scenario<GroupStep>>;

type GroupWrite = Parameters<typeof import('../../src/metadata/groups.ts').writeGroup>[0];

/** Writes of groups are others; without waiting, they are acknowledged before they are done. */
function changed(
  sql: MetadataSql,
  change: (write: GroupWrite) => GroupWrite,
  { waits = true }: { waits?: boolean } = {},
): MetadataSql {
  const write = async (name: string, input: GroupWrite) => {
    const done = sql.write(name as 'writeGroup', name === 'writeGroup' ? change(input) : input);
    if (waits || name !== 'writeGroup') return done;
    done.catch(() => undefined);
    return undefined;
  };
  return new Proxy(sql, {
    get: (target, key) => {
      const value = Reflect.get(target, key);
      if (key === 'write') return write;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
