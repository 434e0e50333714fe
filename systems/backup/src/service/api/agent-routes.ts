// The management routes of agents' reports: what `cairn backup schedule` tells, and what `cairn backup agents` shows.

import { ApiError, type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import type { AgentReports } from '../agents/agent-reports.ts';
import { agentName, agentStatusSchema, runReportSchema, runsKept } from '../agents/run-report.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { explained } from './explained.ts';

export type AgentRouteParts = {
  readonly repositories: Repositories;
  readonly agents: AgentReports;
  readonly resource: (input: { readonly name: string }) => string;
};

const named = z.strictObject({ name: z.string() });
const ofAgent = named.extend({ agent: agentName });

export function agentRoutes({ repositories, agents, resource }: AgentRouteParts): readonly ApiRoute[] {
  const expect = async (name: string) => {
    if (await repositories.isThere(name)) return;
    throw new ApiError('not-found', `there is no repository '${name}'`);
  };
  return [
    defineRoute({
      method: 'POST',
      path: '/repositories/{name}/runs',
      summary: 'Takes the report of a run of an agent; the newest 100 of each agent are kept.',
      // Whoever may add snapshots tells of it, with keys that may do no more, too.
      action: 'backup:AppendObject',
      resource,
      input: named.extend({ run: runReportSchema }),
      output: z.strictObject({}),
      handle: ({ name, run: report }, { principal }) =>
        explained(async () => {
          await expect(name);
          await agents.record({ repository: name, user: principal.name, report });
          return {};
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/repositories/{name}/agents',
      summary: 'Lists the agents that report of this repository, each with its last run.',
      action: 'backup:ListAgents',
      resource,
      input: named,
      output: z.strictObject({ items: z.array(agentStatusSchema).readonly() }),
      handle: ({ name }) =>
        explained(async () => {
          await expect(name);
          return { items: await agents.list(name) };
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/repositories/{name}/agents/{agent}/runs',
      summary: 'Lists the runs of an agent, the newest first.',
      action: 'backup:ListAgents',
      resource,
      input: ofAgent.extend({ limit: z.coerce.number().int().min(1).max(runsKept).default(runsKept) }),
      output: z.strictObject({
        items: z.array(runReportSchema.extend({ user: z.string() })).readonly(),
      }),
      handle: ({ name, agent, limit }) =>
        explained(async () => {
          await expect(name);
          return { items: await agents.runs({ repository: name, agent, limit }) };
        }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/repositories/{name}/agents/{agent}',
      summary: 'Forgets an agent that is gone, and its runs.',
      action: 'backup:RemoveAgent',
      resource,
      input: ofAgent,
      output: z.strictObject({}),
      handle: ({ name, agent }) =>
        explained(async () => {
          await expect(name);
          if (await agents.remove(name, agent)) return {};
          throw new ApiError('not-found', `no agent '${agent}' reports of the repository '${name}'`);
        }),
    }),
  ];
}
