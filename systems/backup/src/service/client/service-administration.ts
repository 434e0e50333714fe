// What the service knows of a repository beside its objects: usage and quota, the agents that back up to it; and its removal.

import type { BlobsCredentials } from '@cairn/engines';
import { retry } from '@cairn/resilience';
import type { World } from '@cairn/world';
import { z } from 'zod';
import { onStore } from '../../core/store/store-error.ts';
import { BackupError } from '../../errors.ts';
import {
  type AgentStatus,
  agentStatusSchema,
  type RunReport,
  runReportSchema,
} from '../agents/run-report.ts';
import { connectToService } from './service-blobs.ts';
import { readAll, type ServiceCall, type ServiceConnection, ServiceRefusal } from './service-connection.ts';

export type ServiceAdministrationOptions = {
  /** `cairn://HOST[:7000]/REPOSITORY`, or `cairns://`. */
  readonly url: string;
  readonly world: Pick<World, 'clock' | 'random'>;
  /** Without them the environment's. */
  readonly credentials?: BlobsCredentials;
};

/** Bytes unless its name says otherwise. */
export type RepositoryUsage = { readonly usedBytes: number; readonly quotaBytes?: number | undefined };
export type AgentRun = RunReport & { readonly user: string };

const usageSchema = z.object({ usedBytes: z.number(), quotaBytes: z.number().optional() });
const statusesSchema = z.object({ items: z.array(agentStatusSchema) });
const runsSchema = z.object({ items: z.array(runReportSchema.extend({ user: z.string() })) });
const removalSchema = z.object({ removedObjects: z.number() });
const nothing = z.object({});

/** Its methods throw `BackupError`: `denied`, `no-repository`, `invalid-argument`, `quota-exceeded`, `store`. */
export class ServiceAdministration {
  readonly #service: ServiceConnection;
  readonly #world: ServiceAdministrationOptions['world'];

  constructor(service: ServiceConnection, world: ServiceAdministrationOptions['world']) {
    this.#service = service;
    this.#world = world;
  }

  usage(): Promise<RepositoryUsage> {
    return this.#ask({ method: 'GET', path: '', attempted: 'ask for usage and quota' }, usageSchema);
  }

  /** Durable when it resolves; the same report twice counts once, so a service that restarts is waited for. */
  async reportRun(run: RunReport): Promise<void> {
    const body = Buffer.from(JSON.stringify({ run }));
    const report = () =>
      this.#ask({ method: 'POST', path: 'runs', body, attempted: 'report a run' }, nothing);
    const isRetryable = (error: unknown) => error instanceof BackupError && error.retryable;
    await retry(report, { world: this.#world, isRetryable, attemptsMax, pauseMs });
  }

  async agents(): Promise<readonly AgentStatus[]> {
    const answer = await this.#ask(
      { method: 'GET', path: 'agents', attempted: 'list agents' },
      statusesSchema,
    );
    return answer.items;
  }

  /** The newest first. */
  async runs(agent: string): Promise<readonly AgentRun[]> {
    const call = {
      method: 'GET',
      path: `${pathOf(agent)}/runs`,
      attempted: `list runs of '${agent}'`,
    } as const;
    return (await this.#ask(call, runsSchema)).items;
  }

  async removeAgent(agent: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: pathOf(agent), attempted: `forget '${agent}'` }, nothing);
  }

  /** All of the repository is gone when it resolves; `confirm` is its name. */
  removeRepository(confirm: string): Promise<{ readonly removedObjects: number }> {
    const call = {
      method: 'DELETE',
      path: '',
      query: { confirm },
      attempted: 'remove the repository',
    } as const;
    return this.#ask(call, removalSchema);
  }

  close(): void {
    this.#service.close();
  }

  async #ask<Value>(call: ServiceCall, schema: z.ZodType<Value>): Promise<Value> {
    const { attempted } = call;
    const headers = { 'content-type': 'application/json' };
    return onStore(attempted, async () => {
      try {
        const answer = await this.#service.call({ ...call, headers, tree: 'management' });
        return schema.parse(JSON.parse((await readAll(answer, attempted, answerBytesMax)).toString('utf8')));
      } catch (error) {
        throw error instanceof ServiceRefusal ? refused(error, attempted) : error;
      }
    });
  }
}

/** Nothing is sent before the first call. Throws `BackupError` `invalid-url`, `denied`. */
export async function openServiceAdministration(
  options: ServiceAdministrationOptions,
): Promise<ServiceAdministration> {
  return onStore(
    'open a repository of the backup service',
    async () => new ServiceAdministration(connectToService(options), options.world),
  );
}

function pathOf(agent: string): string {
  return `agents/${encodeURIComponent(agent)}`;
}

function refused(refusal: ServiceRefusal, attempted: string): BackupError {
  const options = { attempted, detail: refusal.message, cause: refusal };
  if (refusal.status === 401) return new BackupError('unauthenticated', options);
  if (refusal.status === 403) return new BackupError('denied', options);
  if (refusal.status === 404) return new BackupError('no-repository', options);
  if (refusal.status === 400) return new BackupError('invalid-argument', options);
  if (refusal.status === 409) return new BackupError('quota-exceeded', options);
  return new BackupError('store', options);
}

/** 1,000 agents, each with a report of 20 paths of 1,000 characters at most. */
const answerBytesMax = 128 * 1024 * 1024;
/** 6 s on average. */
const attemptsMax = 7;
const pauseMs = 200;
