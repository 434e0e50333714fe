// What the two concurrencies cost: sixteen clients at once, through the service, whose data is the same for four fifths.
// Pessimistic is ours, optimistic the peer: neither is wanted to win, the figures are to be chosen by.

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCase, BenchContext, ServerProcess } from '@cairn/bench';
import { realWorld } from '@cairn/world';
import {
  createSnapshot,
  fingerprintServiceFor,
  initRepository,
  openRepository,
  openStore,
} from '../../src/index.ts';
import { credentials, startBackupService } from './filled-service.ts';

type Concurrency = 'optimistic' | 'pessimistic';
type Cost = { readonly storedMegabytes: number; readonly wallSeconds: number; readonly requests: number };

const figures = {
  'MB stored': (cost: Cost) => cost.storedMegabytes,
  's wall': (cost: Cost) => cost.wallSeconds,
  requests: (cost: Cost) => cost.requests,
} as const;

const password = 'of the bench';
const owner = { host: 'bench', user: 'bench' };
const world = realWorld();

export function clientsCases(): readonly BenchCase[] {
  const measured = new Clients();
  return Object.entries(figures).map(([unit, figureOf]): BenchCase => {
    const name = `clients-16-${unit.replaceAll(/[^a-zA-Z]+/g, '-').toLowerCase()}`;
    const run = async (concurrency: Concurrency, context: BenchContext) =>
      figureOf(await measured.run(concurrency, { context, asker: name }));
    return {
      name,
      unit,
      better: 'less',
      ours: (context) => run('pessimistic', context),
      peer: { name: 'optimistic', version: async () => 'ours', run: (context) => run('optimistic', context) },
      cleanup: () => measured.release(Object.keys(figures).length),
    };
  });
}

/** One run serves all three figures: each case takes its turn at the same list of costs. */
class Clients {
  readonly #costs = new Map<Concurrency, Cost[]>();
  readonly #taken = new Map<string, number>();
  #directory: string | undefined;
  #server: ServerProcess | undefined;
  #repositories = 0;
  #released = 0;

  async run(
    concurrency: Concurrency,
    { context, asker }: { readonly context: BenchContext; readonly asker: string },
  ): Promise<Cost> {
    const turn = `${asker} ${concurrency}`;
    const index = this.#taken.get(turn) ?? 0;
    this.#taken.set(turn, index + 1);
    const costs = this.#costs.get(concurrency) ?? [];
    this.#costs.set(concurrency, costs);
    costs[index] ??= await this.#measure(concurrency, context);
    return costs[index];
  }

  async release(users: number): Promise<void> {
    this.#released += 1;
    if (this.#released < users) return;
    await this.#server?.stop();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  async #measure(concurrency: Concurrency, { tiny }: BenchContext): Promise<Cost> {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'cairn-bench-clients-'));
    const directory = this.#directory;
    this.#server ??= await startBackupService(directory);
    this.#repositories += 1;
    const origin = this.#server.readyMatch[1]!;
    const url = `cairn://${origin}/${concurrency}-${this.#repositories}`;
    const trees = makeTrees(join(directory, `trees-${this.#repositories}`), tiny);
    const blobs = await openStore({ url, world, credentials });
    await initRepository({ blobs, world, password, ...owner, parameters: { concurrency } });
    await blobs.close();
    const requestsBefore = await requestsAt(origin);
    const start = performance.now();
    await Promise.all(trees.map((tree) => backUp(tree, { url, concurrency })));
    const wallSeconds = (performance.now() - start) / 1000;
    const requests = (await requestsAt(origin)) - requestsBefore;
    return { storedMegabytes: (await usedBytes(url)) / 1e6, wallSeconds, requests };
  }
}

function makeTrees(directory: string, tiny: boolean): readonly string[] {
  const clients = tiny ? 2 : 16;
  const unit = tiny ? 100_000 : 1_000_000;
  const shared = Array.from({ length: 8 }, () => randomBytes(unit));
  return Array.from({ length: clients }, (_, client) => {
    const tree = join(directory, `${client}`);
    mkdirSync(tree, { recursive: true });
    for (const [file, bytes] of shared.entries()) writeFileSync(join(tree, `shared-${file}`), bytes);
    writeFileSync(join(tree, 'own'), randomBytes(2 * unit));
    return tree;
  });
}

async function backUp(tree: string, options: { readonly url: string; readonly concurrency: Concurrency }) {
  const { url, concurrency } = options;
  const repository = await openRepository({
    blobs: await openStore({ url, world, credentials }),
    world,
    password,
  });
  const openService = fingerprintServiceFor({ url, world, credentials, concurrency })!;
  await createSnapshot(repository, { paths: [tree], ...owner, archivers: 1, openService });
  await repository.close();
}

async function usedBytes(url: string): Promise<number> {
  const blobs = await openStore({ url, world, credentials });
  let bytes = 0;
  for (let after: string | undefined, more = true; more; ) {
    const page = await blobs.list({ prefix: 'packs/', ...(after !== undefined && { after }) });
    bytes += page.blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    after = page.blobs.at(-1)?.name;
    more = page.more;
  }
  await blobs.close();
  return bytes;
}

async function requestsAt(origin: string): Promise<number> {
  const text = await (await fetch(`http://${origin}/metrics`)).text();
  const counts = text.matchAll(/^cairn_backup_store_requests_total\{[^}]*\} (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
