// The tables of agents' reports.

import { type ColumnTypes, tablesOf } from '@cairn/engines';

type AgentKey = { repository: string; user: string; agent: string };

export type AgentTables = {
  agent: AgentKey & {
    last_began_ms: number;
    last_success_ms: number | null;
    /** JSON. */
    last_report: string;
  };
  run: AgentKey & { began_ms: number; report: string };
};

export const { statement } = tablesOf<AgentTables>();

export function createAgentTables({ text, integer, clustered }: ColumnTypes): readonly string[] {
  return [
    `create table agent (
      repository ${text} not null,
      "user" ${text} not null,
      agent ${text} not null,
      last_began_ms ${integer} not null,
      last_success_ms ${integer},
      last_report ${text} not null,
      primary key (repository, "user", agent)
    ) ${clustered}`,
    `create table run (
      repository ${text} not null,
      "user" ${text} not null,
      agent ${text} not null,
      began_ms ${integer} not null,
      report ${text} not null,
      primary key (repository, "user", agent, began_ms)
    ) ${clustered}`,
  ];
}
