// The management routes of the backup service: which repositories there are, what they hold, quotas, shards of the index.

import { ApiError, type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import type { Repositories } from '../repositories/repositories.ts';
import type { StoredRepository } from '../repositories/stored-repository.ts';
import { explained } from './explained.ts';

const count = z.int().nonnegative();
const named = z.strictObject({ name: z.string() });
const shard = z.strictObject({
  name: z.string(),
  entries: count,
  packs: count,
  memoryBytes: count,
  logBytes: count,
});
const usage = z.strictObject({
  name: z.string(),
  usedBytes: count,
  quotaBytes: count.optional(),
  fingerprints: count,
  packs: count,
  sessions: count,
  leases: count,
  filterVersion: z.string(),
  shards: z.array(shard).readonly(),
});

export type RepositoryRouteParts = {
  readonly repositories: Repositories;
  readonly resource: (input: { readonly name: string }) => string;
};

export function repositoryRoutes({ repositories, resource }: RepositoryRouteParts): readonly ApiRoute[] {
  const existing = async (name: string) => {
    const found = await repositories.find(name);
    if (found !== undefined) return found;
    throw new ApiError('not-found', `there is no repository '${name}'`);
  };
  return [
    defineRoute({
      method: 'GET',
      path: '/repositories',
      summary: 'Lists the repositories.',
      action: 'backup:ListRepositories',
      input: z.strictObject({}),
      output: z.strictObject({
        items: z
          .array(z.strictObject({ name: z.string(), createdMs: z.number(), removing: z.boolean() }))
          .readonly(),
      }),
      handle: () => explained(async () => ({ items: await repositories.list() })),
    }),
    defineRoute({
      method: 'PUT',
      path: '/repositories/{name}',
      summary: 'Makes a repository, when there is none of that name.',
      action: 'backup:CreateRepository',
      resource,
      input: named,
      output: usage,
      handle: ({ name }) => explained(async () => usageOf(await repositories.create(name))),
    }),
    defineRoute({
      method: 'GET',
      path: '/repositories/{name}',
      summary: 'Tells what a repository and its fingerprint index hold.',
      action: 'backup:GetUsage',
      resource,
      input: named,
      output: usage,
      handle: ({ name }) => explained(async () => usageOf(await existing(name))),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/repositories/{name}',
      summary:
        'Removes a repository with all its snapshots for good; `confirm` is its name again. Goes on behind a restart, and is done when this answers.',
      action: 'backup:DeleteRepository',
      resource,
      input: named.extend({ confirm: z.string() }),
      output: z.strictObject({ removedObjects: count }),
      handle: ({ name, confirm }) =>
        explained(async () => {
          if (confirm !== name) {
            const wanted = `to remove the repository '${name}', 'confirm' has to be its name, not '${confirm}'`;
            throw new ApiError('invalid-request', wanted);
          }
          return { removedObjects: await repositories.remove(name) };
        }),
    }),
    defineRoute({
      method: 'PUT',
      path: '/repositories/{name}/quota',
      summary: 'Sets how many bytes a repository may have; without a number, any.',
      action: 'backup:SetQuota',
      resource,
      input: named.extend({ quotaBytes: count.optional() }),
      output: usage,
      handle: ({ name, quotaBytes }) =>
        explained(async () => {
          const repository = await existing(name);
          await repositories.setQuota(repository, quotaBytes);
          return usageOf(repository);
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/repositories/{name}/shards',
      summary: 'Adds a shard to the fingerprint index, and moves its share to it.',
      action: 'backup:AddShard',
      resource,
      input: named.extend({ shard: z.string(), weight: z.number().positive().default(1) }),
      output: z.strictObject({ moved: count }),
      handle: ({ name, shard, weight }) =>
        explained(async () => (await existing(name)).index.addShard({ name: shard, weight })),
    }),
  ];
}

function usageOf(repository: StoredRepository) {
  const { index, usage: bytes, name } = repository;
  const { entries, packs, sessions, leases } = index.counts;
  return {
    name,
    usedBytes: bytes.bytes,
    ...(bytes.quotaBytes !== undefined && { quotaBytes: bytes.quotaBytes }),
    fingerprints: entries,
    packs,
    sessions,
    leases,
    filterVersion: index.filterVersion,
    shards: index.shards(),
  };
}
