// The store of agents' reports in the sql engine.

import { defineStore, type Sql } from '@cairn/engines';
import {
  listAgents,
  listAllAgents,
  listRuns,
  recordRun,
  removeAgent,
  removeRepositoryAgents,
} from './agent-rows.ts';
import { createAgentTables } from './agent-tables.ts';

const agentStore = defineStore({
  module: import.meta.url,
  name: 'backup-agents',
  migrations: [createAgentTables],
  reads: { listAgents, listAllAgents, listRuns },
  writes: { recordRun, removeAgent, removeRepositoryAgents },
});

export default agentStore;
export type AgentSql = Sql<typeof agentStore>;
