// The repositories of the service by name. Each is opened when it is first asked for, once.

import { type Blobs, openBlobs } from '@cairn/engines/blobs';
import type { World } from '@cairn/world';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import { DurableDocument } from '../index/durable-document.ts';
import { removeFiles } from '../index/remove-files.ts';
import { Turns } from '../index/turns.ts';
import { removeAllBlobs } from './remove-repository.ts';
import { repositoryName } from './repository-name.ts';
import { StoredRepository } from './stored-repository.ts';

const settingsSchema = z.strictObject({
  createdMs: z.number(),
  quotaBytes: z.int().nonnegative().optional(),
  /** Since when it is being removed: nobody gets it any more. */
  removingSinceMs: z.number().optional(),
});
type Settings = z.output<typeof settingsSchema>;

export type RepositoriesOptions = {
  readonly world: World;
  /** Of this system's own data. */
  readonly directory: string;
  /** Repository NAME lies at URL/NAME. */
  readonly blobsUrl: string;
  /** Forgets what is kept elsewhere of one that is being removed; called again after a crash. */
  readonly onRemoval: (name: string) => Promise<void>;
  /** Of a repository: what was damaged of the service's own files, and is made anew or done without. */
  readonly onDamage?: (name: string, error: Error) => void;
};

export type RepositoryInfo = {
  readonly name: string;
  readonly createdMs: number;
  readonly removing: boolean;
};

export class Repositories {
  readonly #options: RepositoriesOptions;
  readonly #open = new Map<string, Promise<StoredRepository>>();
  readonly #turns = new Turns();
  readonly #removals = new Map<string, Promise<number>>();
  readonly #removing = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: RepositoriesOptions) {
    this.#options = options;
  }

  /** Undefined when there is none of that name. Throws `BackupError` `damaged`, or a `BlobsError`. */
  async find(name: string): Promise<StoredRepository | undefined> {
    const open = this.#open.get(name);
    if (open !== undefined && !this.#removing.has(name) && !(await open).isBroken) return open;
    if (!repositoryName.test(name)) return undefined;
    const settings = await this.#settingsOf(name);
    if (settings === undefined || this.#isRemoving(name, settings)) return undefined;
    return this.#openSound(name, settings);
  }

  /** One whose index is in doubt since a disk failed it is opened anew, by one of those who ask. */
  async #openSound(name: string, settings: Settings): Promise<StoredRepository> {
    const opening = this.#open.get(name);
    if (opening === undefined) return this.#start(name, settings);
    const open = await opening;
    if (!open.isBroken) return open;
    if (this.#open.get(name) === opening) {
      const reopening = open.leave().then(() => this.#openStored(name, settings));
      this.#keep(name, reopening);
    }
    return this.#openSound(name, settings);
  }

  /** As `find`, without opening it. */
  async isThere(name: string): Promise<boolean> {
    if (!repositoryName.test(name)) return false;
    const settings = await this.#settingsOf(name);
    return settings !== undefined && !this.#isRemoving(name, settings);
  }

  /** The repository of that name, made when there is none. Throws `BackupError` `invalid-argument` for a name that is none. */
  async create(name: string): Promise<StoredRepository> {
    if (!repositoryName.test(name)) {
      const detail = `'${name}': a name is 1-63 characters, a-z, 0-9, '.', '_' and '-', and begins with one of the first`;
      throw new BackupError('invalid-argument', { attempted: 'create a repository', detail });
    }
    return this.#turns.take(async () => {
      const found = await this.find(name);
      if (found !== undefined) return found;
      if ((await this.#settingsOf(name)) !== undefined) throw beingRemoved(name);
      const settings = { createdMs: this.#options.world.clock.nowMs() };
      await this.#document(name).write(settings);
      return this.#start(name, settings);
    });
  }

  async list(): Promise<readonly RepositoryInfo[]> {
    const infos: RepositoryInfo[] = [];
    for (const name of await this.#options.world.disk.list(this.#root)) {
      if (!repositoryName.test(name)) continue;
      const settings = await this.#settingsOf(name);
      if (settings !== undefined) {
        const { createdMs, removingSinceMs } = settings;
        infos.push({ name, createdMs, removing: removingSinceMs !== undefined });
      }
    }
    return infos;
  }

  /** `undefined` takes the quota away. Durable when it resolves. */
  async setQuota(repository: StoredRepository, quotaBytes: number | undefined): Promise<void> {
    await this.#turns.take(async () => {
      const document = this.#document(repository.name);
      const settings = await this.#settingsOf(repository.name);
      if (settings === undefined || this.#isRemoving(repository.name, settings))
        throw beingRemoved(repository.name);
      const { createdMs } = settings;
      await document.write({ createdMs, ...(quotaBytes !== undefined && { quotaBytes }) });
      repository.usage.setQuota(quotaBytes);
    });
  }

  /**
   * Removes a repository for good; how many objects it had. Its document says so first and goes last, so what is cut off is
   * taken up by `resumeRemovals`. Throws `BackupError` `no-repository`.
   */
  async remove(name: string): Promise<number> {
    await this.#turns.take(() => this.#markRemoved(name));
    return this.#finishRemoval(name);
  }

  /** Goes on with what was being removed when the process ended. */
  async resumeRemovals(): Promise<void> {
    for (const { name, removing } of await this.list()) if (removing) await this.#finishRemoval(name);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#removals.values());
    const open = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const each of open) {
      if (each.status !== 'fulfilled') continue;
      await (each.value.isBroken ? each.value.leave() : each.value.close());
    }
  }

  async #markRemoved(name: string): Promise<void> {
    const settings = repositoryName.test(name) ? await this.#settingsOf(name) : undefined;
    if (settings === undefined)
      throw new BackupError('no-repository', { attempted: 'remove a repository', detail: name });
    this.#removing.add(name);
    if (settings.removingSinceMs === undefined) {
      const removingSinceMs = this.#options.world.clock.nowMs();
      await this.#document(name).write({ ...settings, removingSinceMs });
    }
    const open = await this.#open.get(name)?.catch(() => undefined);
    this.#open.delete(name);
    await open?.retire();
  }

  /** Also while a document that was read before it was marked is looked at. */
  #isRemoving(name: string, { removingSinceMs }: Settings): boolean {
    return removingSinceMs !== undefined || this.#removing.has(name);
  }

  /** Of any number of callers one removes. */
  #finishRemoval(name: string): Promise<number> {
    const under = this.#removals.get(name);
    if (under !== undefined) return under;
    const removal = this.#removeAll(name).finally(() => this.#removals.delete(name));
    this.#removals.set(name, removal);
    return removal;
  }

  async #removeAll(name: string): Promise<number> {
    const { world } = this.#options;
    const blobs = await this.#openBlobs(name);
    try {
      const removed = await removeAllBlobs(blobs, this.#closing.signal);
      const directory = `${this.#root}/${name}`;
      await removeFiles(world.disk, directory, { except: settingsFile });
      await this.#options.onRemoval(name);
      await world.disk.remove(`${directory}/${settingsFile}`);
      await world.disk.syncDirectory(directory);
      this.#removing.delete(name);
      return removed;
    } finally {
      await blobs.close();
    }
  }

  #openBlobs(name: string): Promise<Blobs> {
    const { world, blobsUrl } = this.#options;
    return openBlobs({ url: `${blobsUrl.replace(/\/+$/, '')}/${name}`, world });
  }

  #start(name: string, settings: Settings): Promise<StoredRepository> {
    const opening = this.#openStored(name, settings);
    this.#keep(name, opening);
    return opening;
  }

  #keep(name: string, opening: Promise<StoredRepository>): void {
    this.#open.set(name, opening);
    opening.catch(() => this.#open.delete(name)); // the next who asks tries again
  }

  async #openStored(name: string, { quotaBytes }: Settings): Promise<StoredRepository> {
    const { world } = this.#options;
    const blobs = await this.#openBlobs(name);
    try {
      return await StoredRepository.open({
        name,
        world,
        blobs,
        directory: `${this.#root}/${name}`,
        quotaBytes,
        onDamage: (error) => this.#options.onDamage?.(name, error),
      });
    } catch (error) {
      await blobs.close();
      throw error;
    }
  }

  /**
   * Where the document is damaged, those of a repository that takes no more packs: it can be read, and left by `forget` and `gc`, and whoever sets
   * its quota anew mends it. Undefined where there is none.
   */
  async #settingsOf(name: string): Promise<Settings | undefined> {
    try {
      return await this.#document(name).read();
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
      this.#options.onDamage?.(name, error);
      return { createdMs: this.#options.world.clock.nowMs(), quotaBytes: 0 };
    }
  }

  get #root(): string {
    return `${this.#options.directory}/index`;
  }

  #document(name: string): DurableDocument<Settings> {
    const { world } = this.#options;
    return new DurableDocument({
      world,
      directory: `${this.#root}/${name}`,
      file: settingsFile,
      schema: settingsSchema,
    });
  }
}

const settingsFile = 'repository.json';

function beingRemoved(name: string): BackupError {
  const detail = `'${name}' is being removed`;
  return new BackupError('repository-exists', { attempted: 'use the name of a repository', detail });
}
