// `cairn backup agents`: who backs up to a repository of the service, and whether they still do.

import type { AgentRun, AgentStatus } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';
import { atService } from './at-service.ts';
import { addServiceOptions, type ServiceOptions } from './repository-options.ts';

const what = 'keeps the reports of agents';

export function addAgentsCommands(noun: Command, context: CommandContext): void {
  const agents = noun
    .command('agents')
    .description('Agents (schedule) that report to a repository at the service, and their runs.');
  addServiceOptions(
    agents
      .command('list', { isDefault: true })
      .description(
        'Shows each agent with its last run; exits with 1 when one failed, or is late: no report came within an hour of when its next run was due.',
      ),
  ).action((options: ServiceOptions) =>
    atService(context, { repo: options.repo, what }, async (service) => {
      const found = await service.agents();
      printResult(context, options, { result: found, text: agentsText });
      const bad = found.filter(({ late, lastRun }) => late || lastRun.outcome === 'failed');
      if (bad.length > 0)
        throw new CommandFailed('no', `${bad.length} of ${found.length} agents failed or are late`);
    }),
  );
  addServiceOptions(
    agents
      .command('runs')
      .description('Shows the runs of an agent, the newest first; the service keeps 100.')
      .argument('<agent>', 'as list shows it'),
  ).action((agent: string, options: ServiceOptions) =>
    atService(context, { repo: options.repo, what }, async (service) => {
      printResult(context, options, { result: await service.runs(agent), text: runsText });
    }),
  );
  addServiceOptions(
    agents
      .command('remove')
      .description('Forgets an agent that is gone, and its runs.')
      .argument('<agent>', 'as list shows it'),
  ).action((agent: string, options: ServiceOptions) =>
    atService(context, { repo: options.repo, what }, async (service) => {
      await service.removeAgent(agent);
      const text = () => `forgot agent ${agent}\n`;
      printResult(context, options, { result: { removed: agent }, text });
    }),
  );
}

function agentsText(agents: readonly AgentStatus[]): string {
  if (agents.length === 0) return 'no agent has reported\n';
  return table(agents, [
    { title: 'agent', value: ({ agent }) => agent },
    { title: 'user', value: ({ user }) => user },
    { title: 'state', value: ({ late, lastRun }) => (late ? 'late' : lastRun.outcome) },
    { title: 'last run', value: ({ lastRun }) => timeText(lastRun.endedMs) },
    { title: 'last snapshot', value: ({ lastSuccessMs: ms }) => timeText(ms ?? undefined) },
    { title: 'next', value: ({ lastRun: { nextMs } }) => timeText(nextMs ?? undefined) },
    { title: 'added', value: ({ lastRun }) => bytesText(lastRun.bytesAdded ?? 0) },
    { title: 'error', value: ({ lastRun }) => problemOf(lastRun) },
  ]);
}

function runsText(runs: readonly AgentRun[]): string {
  if (runs.length === 0) return 'no run was reported\n';
  return table(runs, [
    { title: 'began', value: ({ beganMs }) => timeText(beganMs) },
    { title: 'ended', value: ({ endedMs }) => timeText(endedMs) },
    { title: 'result', value: ({ outcome }) => outcome },
    { title: 'snapshot', value: ({ snapshot }) => snapshot?.slice(0, 8) },
    { title: 'files', value: ({ files }) => files },
    { title: 'size', value: ({ bytes }) => bytesText(bytes ?? 0) },
    { title: 'added', value: ({ bytesAdded }) => bytesText(bytesAdded ?? 0) },
    { title: 'error', value: problemOf },
  ]);
}

function problemOf({ error, problems = 0 }: Pick<AgentRun, 'error' | 'problems'>): string {
  if (error !== undefined) return error.replaceAll('\n', ' ');
  return problems > 0 ? `${problems} files are not as they should be` : '';
}
