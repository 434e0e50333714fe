// The store of agents' reports as its first version made it: of one service, known by the names of its repositories.

import { defineStore, tablesOf } from '@cairn/engines';
import { createAgentTables } from '../../src/service/agents/agent-tables.ts';

type FirstTables = {
  agent: {
    repository: string;
    user: string;
    agent: string;
    last_began_ms: number;
    last_success_ms: number | null;
    last_report: string;
  };
};
const { statement } = tablesOf<FirstTables>();
const columns = { repository: 'text', user: 'text', agent: 'text' } as const;

const insertAgent = statement(
  { ...columns, last_began_ms: 'integer', last_success_ms: 'integer?', last_report: 'text' },
  (db, p) => db.insertInto('agent').values(p),
);

export default defineStore({
  module: import.meta.url,
  name: 'backup-agents',
  migrations: [createAgentTables],
  reads: {},
  writes: { addAgent: (row: FirstTables['agent']) => insertAgent.run(row) },
});
