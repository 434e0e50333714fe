// The repositories of the service by name. Each is opened when it is first asked for, once.

import { type Blobs, openBlobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import { DurableDocument } from '../index/durable-document.ts';
import { Turns } from '../index/turns.ts';
import { repositoryName } from './repository-name.ts';
import { StoredRepository } from './stored-repository.ts';

const settingsSchema = z.strictObject({
  createdMs: z.number(),
  quotaBytes: z.int().nonnegative().optional(),
});
type Settings = z.output<typeof settingsSchema>;

export type RepositoriesOptions = {
  readonly world: World;
  /** Of this system's own data. */
  readonly directory: string;
  /** Repository NAME lies at URL/NAME. */
  readonly blobsUrl: string;
};

export type RepositoryInfo = { readonly name: string; readonly createdMs: number };

export class Repositories {
  readonly #options: RepositoriesOptions;
  readonly #open = new Map<string, Promise<StoredRepository>>();
  readonly #turns = new Turns();

  constructor(options: RepositoriesOptions) {
    this.#options = options;
  }

  /** Undefined when there is none of that name. Throws `BackupError` `damaged`, or a `BlobsError`. */
  async find(name: string): Promise<StoredRepository | undefined> {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    if (!repositoryName.test(name)) return undefined;
    const settings = await this.#document(name).read();
    if (settings === undefined) return undefined;
    return this.#open.get(name) ?? this.#start(name, settings);
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
      const settings = { createdMs: this.#options.world.clock.nowMs() };
      await this.#document(name).write(settings);
      return this.#start(name, settings);
    });
  }

  async list(): Promise<readonly RepositoryInfo[]> {
    const infos: RepositoryInfo[] = [];
    for (const name of await this.#options.world.disk.list(this.#root)) {
      if (!repositoryName.test(name)) continue;
      const settings = await this.#document(name).read();
      if (settings !== undefined) infos.push({ name, createdMs: settings.createdMs });
    }
    return infos;
  }

  /** `undefined` takes the quota away. Durable when it resolves. */
  async setQuota(repository: StoredRepository, quotaBytes: number | undefined): Promise<void> {
    await this.#turns.take(async () => {
      const document = this.#document(repository.name);
      const { createdMs } = (await document.read())!;
      await document.write({ createdMs, ...(quotaBytes !== undefined && { quotaBytes }) });
      repository.usage.setQuota(quotaBytes);
    });
  }

  async close(): Promise<void> {
    const open = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const each of open) if (each.status === 'fulfilled') await each.value.close();
  }

  #start(name: string, settings: Settings): Promise<StoredRepository> {
    const opening = this.#openStored(name, settings);
    this.#open.set(name, opening);
    opening.catch(() => this.#open.delete(name)); // the next who asks tries again
    return opening;
  }

  async #openStored(name: string, { quotaBytes }: Settings): Promise<StoredRepository> {
    const { world, blobsUrl } = this.#options;
    const blobs: Blobs = await openBlobs({ url: `${blobsUrl.replace(/\/+$/, '')}/${name}`, world });
    try {
      return await StoredRepository.open({
        name,
        world,
        blobs,
        directory: `${this.#root}/${name}`,
        quotaBytes,
      });
    } catch (error) {
      await blobs.close();
      throw error;
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
      file: 'repository.json',
      schema: settingsSchema,
    });
  }
}
