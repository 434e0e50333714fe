// A repository under clients that are processes: each has a tree that changes, and backs it up, while others forget and collect,
// and any of them may be killed at any moment. What was acknowledged has to be there after each round, and whole.

import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { initRepository, openStore } from '../../src/index.ts';
import { CairnCommand, type CairnResult, commandPassword } from '../cairn-command.ts';
import { assertSameDescription, describeTree, inRoot, pathsBelow } from '../compare-trees.ts';
import { GeneratedTree } from '../generated-tree.ts';

const clients = 3;
/** A command takes about a second: most kills meet it at work. */
const killWithinMs = 2_000;

type Description = ReadonlyMap<string, string>;
type Client = { readonly source: string; readonly tree: GeneratedTree };
type Counts = { created: number; collected: number; forgotten: number; killed: number; restored: number };

export type SoakOptions = {
  /** Where trees, restored ones and, unless `url` says otherwise, the repository are. */
  readonly folder: string;
  readonly seed: number;
  readonly url?: string;
  /** Credentials for it. */
  readonly environment?: Readonly<Record<string, string>>;
};

export class Soak {
  readonly #cairn: CairnCommand;
  readonly #folder: string;
  readonly #random: SeededRandom;
  readonly #clients: readonly Client[];
  /** By the tag of each attempt, what its snapshot has to hold: it may be there though nobody heard of it. */
  readonly #attempts = new Map<string, { readonly source: string; readonly was: Description }>();
  /** Tags of acknowledged snapshots, and of those whose forgetting began. */
  readonly #acknowledged = new Set<string>();
  readonly #forgetting = new Set<string>();
  readonly #counts: Counts = { created: 0, collected: 0, forgotten: 0, killed: 0, restored: 0 };

  private constructor(options: SoakOptions) {
    const { folder, seed } = options;
    this.#folder = folder;
    this.#random = new SeededRandom(seed);
    this.#cairn = soakCommand(options);
    this.#clients = Array.from({ length: clients }, (_, client) => {
      const source = join(folder, `client-${client}`);
      mkdirSync(source);
      const tree = new GeneratedTree(source, this.#random);
      tree.fill();
      return { source, tree };
    });
  }

  /** Makes the repository. Its lease is short, so that who was killed is fenced in the rounds after. */
  static async begin(options: SoakOptions): Promise<Soak> {
    const soak = new Soak(options);
    const world = realWorld();
    const blobs = await openStore({ url: urlOf(options), world });
    const parameters = {
      leaseMs: 5_000,
      packBytes: 8 << 20,
      chunkBytes: { min: 4096, average: 16_384, max: 65_536 },
    };
    await initRepository({ blobs, world, password: commandPassword, host: 'elm', user: 'ann', parameters });
    await blobs.close();
    return soak;
  }

  /** One round; what happened in it. */
  async round(): Promise<string> {
    const before = { ...this.#counts };
    await Promise.all([
      ...this.#clients.map((client) => this.#backUp(client)),
      this.#forget(),
      this.#collect(),
      this.#collect(),
    ]);
    await this.#check();
    const { created, collected, forgotten, killed, restored } = this.#counts;
    return [
      `${created - before.created} created, ${forgotten - before.forgotten} forgotten,`,
      `${collected - before.collected} collected, ${killed - before.killed} killed,`,
      `${restored - before.restored} restored`,
    ].join(' ');
  }

  summary(): string {
    const { created, collected, forgotten, killed, restored } = this.#counts;
    return `all whole: ${created} snapshots created, ${forgotten} forgotten, ${collected} collections, ${killed} processes killed, ${restored} restores compared`;
  }

  async #backUp({ source, tree }: Client): Promise<void> {
    for (let change = this.#random.integer(30); change >= 0; change -= 1) tree.change();
    makeReadable(source);
    const tag = `attempt-${this.#attempts.size}`;
    this.#attempts.set(tag, { source, was: describeTree(source) });
    const { code, output, errors } = await this.#runOrKill('create', '--json', '--tag', tag, source);
    if (code === undefined) return;
    assert.equal(code, 0, `create ended with ${code}: ${output}${errors}`);
    this.#acknowledged.add(tag);
    this.#counts.created += 1;
  }

  /** The oldest, but for two of each client. */
  async #forget(): Promise<void> {
    const kept = [...this.#acknowledged].filter((tag) => !this.#forgetting.has(tag));
    const tags = kept.slice(0, Math.max(0, kept.length - 2 * clients));
    if (tags.length === 0) return;
    for (const tag of tags) this.#forgetting.add(tag);
    const ids = await Promise.all(tags.map((tag) => this.#cairn.snapshots('--tag', tag)));
    const { code } = await this.#runOrKill('forget', ...ids.flat());
    if (code === undefined) return;
    assert.equal(code, 0);
    this.#counts.forgotten += tags.length;
  }

  async #collect(): Promise<void> {
    const { code, output, errors } = await this.#runOrKill('gc', '--json', '--max-unused', '0');
    if (code === undefined) return;
    assert.equal(code, 0, `gc ended with ${code}: ${output}${errors}`);
    this.#counts.collected += 1;
  }

  /** Half of all are killed, if they are not done before. */
  async #runOrKill(...words: readonly string[]): Promise<CairnResult> {
    const isDoomed = this.#random.integer(2) === 0;
    const afterMs = this.#random.integer(killWithinMs);
    const { child, finished } = this.#cairn.start(...words);
    const killing = isDoomed ? setTimeout(() => child.kill('SIGKILL'), afterMs) : undefined;
    const result = await finished;
    clearTimeout(killing);
    if (result.code === undefined) this.#counts.killed += 1;
    return result;
  }

  /** No damage; every acknowledged snapshot is there unless it was forgotten; whatever is there is what was backed up. */
  async #check(): Promise<void> {
    await this.#cairn.succeed('verify', '--read-data');
    const snapshots = JSON.parse(await this.#cairn.succeed('list', '--json')) as {
      id: string;
      tags: string[];
    }[];
    const listed = new Set(snapshots.map(({ tags }) => tags[0]));
    for (const tag of this.#acknowledged)
      assert(listed.has(tag) || this.#forgetting.has(tag), `the snapshot of ${tag} is gone`);
    for (const { id, tags } of snapshots) {
      const { source, was } = this.#attempts.get(tags[0]!)!;
      const target = mkdtempSync(join(this.#folder, 'restored-'));
      await this.#cairn.succeed('restore', id, '--target', target, '--from', source);
      assertSameDescription(describeTree(target), was);
      rmSync(target, { recursive: true });
      this.#counts.restored += 1;
    }
  }
}

/** The command on its repository, with a cache in its folder. */
export function soakCommand(options: SoakOptions): CairnCommand {
  const { folder, environment = {} } = options;
  return CairnCommand.with({ url: urlOf(options), cache: join(folder, 'cache'), environment });
}

function urlOf({ folder, url }: SoakOptions): string {
  return url ?? `file:${join(folder, 'repository')}`;
}

/** For who is not root, modes that were changed at random may be too narrow to back a file up. */
function makeReadable(source: string): void {
  for (const path of pathsBelow(source).map((below) => inRoot(source, below))) {
    const stat = lstatSync(path);
    if (stat.isFile()) chmodSync(path, (stat.mode & 0o7777) | 0o400);
  }
}
