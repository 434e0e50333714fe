// The store of agents' reports in the sql engine.

import { defineStore, type Sql } from '@cairn/engines';
import {
  listAgents,
  listAllAgents,
  listRuns,
  recordRun,
  removeAgent,
  removeRepositoryAgents,
  takeOver,
} from './agent-rows.ts';
import { addServices, createAgentTables } from './agent-tables.ts';

const agentStore = defineStore({
  module: import.meta.url,
  name: 'backup-agents',
  migrations: [createAgentTables, addServices],
  reads: { listAgents, listAllAgents, listRuns },
  writes: { recordRun, removeAgent, removeRepositoryAgents, takeOver },
});

export default agentStore;
export type AgentSql = Sql<typeof agentStore>;
