// The tables of agents' reports.

import { type ColumnTypes, tablesOf } from '@cairn/engines';

/** `service` is the id of the folder that the repository is in: of several services on one database each has its own. */
type AgentKey = { service: string; repository: string; user: string; agent: string };

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

/** Rows from before services had ids belong to nobody; the first one that opens takes them over. */
export function addServices({ text, integer, clustered }: ColumnTypes): readonly string[] {
  return [
    `create table agent_of_service (
      service ${text} not null,
      repository ${text} not null,
      "user" ${text} not null,
      agent ${text} not null,
      last_began_ms ${integer} not null,
      last_success_ms ${integer},
      last_report ${text} not null,
      primary key (service, repository, "user", agent)
    ) ${clustered}`,
    `insert into agent_of_service
      select '', repository, "user", agent, last_began_ms, last_success_ms, last_report from agent`,
    'drop table agent',
    'alter table agent_of_service rename to agent',
    `create table run_of_service (
      service ${text} not null,
      repository ${text} not null,
      "user" ${text} not null,
      agent ${text} not null,
      began_ms ${integer} not null,
      report ${text} not null,
      primary key (service, repository, "user", agent, began_ms)
    ) ${clustered}`,
    `insert into run_of_service select '', repository, "user", agent, began_ms, report from run`,
    'drop table run',
    'alter table run_of_service rename to run',
  ];
}
