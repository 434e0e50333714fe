// What monitoring asks of agents: when the last backup was made, and when the next is due. An alert of a missed backup compares
// these with the time.

import type { Metrics } from '@cairn/telemetry';
import type { AgentRow } from './agent-rows.ts';
import type { RunReport } from './run-report.ts';

export type AgentMetrics = {
  show(row: AgentRow, lastRun: RunReport): void;
  /** A removed agent has no times: it alerts nobody. */
  forget(row: AgentRow): void;
};

export function agentMetrics(metrics: Metrics): AgentMetrics {
  const gauge = (name: string, help: string) =>
    metrics.gauge(name, {
      help,
      labels: ['repository', 'user', 'agent'],
    });
  const success = gauge(
    'cairn_backup_agent_last_success_timestamp_seconds',
    'When the last run of a backup agent that left a snapshot ended.',
  );
  const ended = gauge(
    'cairn_backup_agent_last_run_timestamp_seconds',
    'When the last run of a backup agent ended, however it did.',
  );
  const next = gauge(
    'cairn_backup_agent_next_run_timestamp_seconds',
    'When the next run of a backup agent is due.',
  );
  const set = (row: AgentRow, values: readonly (number | null)[]) => {
    const labels = { repository: row.repository, user: row.user, agent: row.agent };
    for (const [index, each] of [success, ended, next].entries())
      each.with(labels).set((values[index] ?? Number.NaN) / 1000);
  };
  return {
    show: (row, { endedMs, nextMs }) => set(row, [row.last_success_ms, endedMs, nextMs]),
    forget: (row) => set(row, []),
  };
}
