// The reports of agents: durable before they are acknowledged, the newest of each kept, told to monitoring.

import { openSql, SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import type { Disk, World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { type AgentMetrics, agentMetrics } from './agent-metrics.ts';
import type { AgentRow } from './agent-rows.ts';
import agentStore, { type AgentSql } from './agent-store.ts';
import {
  type AgentStatus,
  agentsMax,
  lateAfterMs,
  type RunReport,
  runReportSchema,
  runsKept,
} from './run-report.ts';
import { serviceId } from './service-id.ts';

export type AgentReportsOptions = {
  readonly world: World;
  /** Of the sql engine; a file of this system when absent. */
  readonly sqlUrl: string | undefined;
  readonly directory: string;
  readonly telemetry: Pick<Telemetry, 'metrics' | 'log'>;
};

/** What SQLite keeps beside a database. */
const endings = ['', '-wal', '-shm'];

/** Reports are few: their writer shares its thread with other stores that can wait. */
const backgroundThread = 'sql background';

export class AgentReports {
  readonly #sql: AgentSql;
  /** Others may be on the same database. */
  readonly #service: string;
  readonly #world: World;
  readonly #metrics: AgentMetrics;

  private constructor(sql: AgentSql, service: string, { world, telemetry }: AgentReportsOptions) {
    this.#sql = sql;
    this.#service = service;
    this.#world = world;
    this.#metrics = agentMetrics(telemetry.metrics);
  }

  /**
   * A file that is damaged is put aside as `agents.sqlite.damaged` and begun anew: agents report again after their next run, and no backup is
   * to wait for that. Throws `SqlError`.
   */
  static async open(options: AgentReportsOptions): Promise<AgentReports> {
    const { world, sqlUrl, telemetry } = options;
    try {
      return await AgentReports.#open(options);
    } catch (error) {
      const isOurFile = sqlUrl === undefined || sqlUrl === 'file:';
      if (!isOurFile || !(error instanceof SqlError) || error.code !== 'corrupt') throw error;
      telemetry.log.error('the reports of backup agents are damaged, and begun anew', { error });
      await putAside(world.disk, fileOf(options));
      return AgentReports.#open(options);
    }
  }

  static async #open(options: AgentReportsOptions): Promise<AgentReports> {
    const { world, sqlUrl } = options;
    const service = await serviceId(options);
    const sql = await openSql(agentStore, {
      ...{ url: sqlUrl ?? 'file:', world, thread: backgroundThread },
      file: fileOf(options),
    });
    try {
      const reports = new AgentReports(sql, service, options);
      await sql.write('takeOver', { service });
      for (const row of await sql.read('listAllAgents', { service })) reports.#show(row);
      return reports;
    } catch (error) {
      await sql.close();
      throw error;
    }
  }

  /** Durable when it resolves. Throws `BackupError` `quota-exceeded` for one agent too many. */
  async record(run: { readonly repository: string; readonly user: string; readonly report: RunReport }) {
    const { repository, user, report } = run;
    // A clock that is ahead must not hide that backups stopped, nor, once it is right again, what came since.
    const nowMs = this.#world.clock.nowMs();
    const [beganMs, endedMs] = [report.beganMs, report.endedMs].map((ms) => Math.min(ms, nowMs));
    const row = await this.#sql.write('recordRun', {
      ...{
        service: this.#service,
        repository,
        user,
        agent: report.agent,
        began_ms: report.beganMs,
        agentsMax,
        runsKept,
      },
      order_ms: beganMs!,
      success_ms: report.outcome === 'failed' ? null : endedMs!,
      report: JSON.stringify(report),
    });
    if (row === 'too-many-agents') {
      const detail = `${agentsMax} agents report already; remove those that are gone`;
      throw new BackupError('quota-exceeded', { attempted: `take the report of '${report.agent}'`, detail });
    }
    this.#show(row);
  }

  /** By name. */
  async list(repository: string): Promise<readonly AgentStatus[]> {
    const rows = await this.#sql.read('listAgents', { service: this.#service, repository });
    return rows.flatMap((row) => this.#statusOf(row) ?? []);
  }

  /** The newest first, of all users' agents of that name. */
  async runs(options: { readonly repository: string; readonly agent: string; readonly limit: number }) {
    const rows = await this.#sql.read('listRuns', { service: this.#service, ...options });
    return rows.flatMap(({ user, report }) => {
      const parsed = parseReport(report);
      return parsed === undefined ? [] : [{ user, ...parsed }];
    });
  }

  /** False when there is none of that name. */
  async remove(repository: string, agent: string): Promise<boolean> {
    const service = this.#service;
    const rows = await this.#sql.read('listAgents', { service, repository });
    await this.#sql.write('removeAgent', { service, repository, agent });
    const gone = rows.filter((row) => row.agent === agent);
    for (const row of gone) this.#metrics.forget(row);
    return gone.length > 0;
  }

  async removeAll(repository: string): Promise<void> {
    const place = { service: this.#service, repository };
    const gone = await this.#sql.read('listAgents', place);
    await this.#sql.write('removeRepositoryAgents', place);
    for (const row of gone) this.#metrics.forget(row);
  }

  async close(): Promise<void> {
    await this.#sql.close();
  }

  #show(row: AgentRow): void {
    const lastRun = parseReport(row.last_report);
    if (lastRun === undefined) return;
    const endedMs = Math.min(lastRun.endedMs, this.#world.clock.nowMs());
    this.#metrics.show(row, { ...lastRun, endedMs });
  }

  #statusOf(row: AgentRow): AgentStatus | undefined {
    const { agent, user, last_success_ms: lastSuccessMs, last_report } = row;
    const lastRun = parseReport(last_report);
    if (lastRun === undefined) return undefined;
    const { nextMs } = lastRun;
    const late = nextMs !== null && nextMs + lateAfterMs < this.#world.clock.nowMs();
    return { agent, user, lastSuccessMs, late, lastRun };
  }
}

/** Undefined for a row that is damaged: the agent’s next report takes its place. */
function parseReport(text: string): RunReport | undefined {
  try {
    return runReportSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fileOf({ directory }: Pick<AgentReportsOptions, 'directory'>): string {
  return `${directory}/agents.sqlite`;
}

async function putAside(disk: Disk, file: string): Promise<void> {
  for (const ending of endings) {
    const path = `${file}${ending}`;
    if ((await disk.stat(path)) !== undefined) await disk.rename(path, `${file}.damaged${ending}`);
  }
}
