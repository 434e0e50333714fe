// A small JSON document that is replaced as a whole: `{ "magic": ..., "version": ..., "checksum": ..., "value": ... }`.
//
// The invariant: after a crash the document is that of before or that of after. The new one is written and synced beside the
// old one, renamed over it, and the folder is synced.

import { crc32c } from '@cairn/hashing';
import { type Disk, DiskError, type World } from '@cairn/world';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';

const envelope = z.strictObject({
  magic: z.literal('CAIRN-BACKUP'),
  version: z.literal(1),
  /** CRC-32C of the value as JSON. */
  checksum: z.int(),
  value: z.unknown(),
});

export type DurableDocumentOptions<Value> = {
  readonly world: Pick<World, 'disk'>;
  readonly directory: string;
  readonly file: string;
  readonly schema: z.ZodType<Value>;
};

/** Is told of what was damaged and is made anew. */
export type OnDamage = (error: Error) => void;

export class DurableDocument<Value> {
  readonly #options: DurableDocumentOptions<Value>;

  constructor(options: DurableDocumentOptions<Value>) {
    this.#options = options;
  }

  /** Undefined when it was never written. Throws `BackupError` `damaged`. */
  async read(): Promise<Value | undefined> {
    try {
      const bytes = await readWhole(this.#options.world.disk, this.#path);
      if (bytes === undefined) return undefined;
      const { checksum, value } = envelope.parse(JSON.parse(bytes.toString('utf8')));
      if (checksum !== checksumOf(value)) throw new Error('its checksum is wrong');
      return this.#options.schema.parse(value);
    } catch (cause) {
      if (cause instanceof DiskError && cause.code !== 'io') throw cause;
      const detail = `${this.#path}: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new BackupError('damaged', { attempted: 'read a document of the backup service', detail, cause });
    }
  }

  /**
   * As `read`, of what others can tell again: where it is damaged, that is told, the document is removed, and it was as if it had never been
   * written. One file that rots must not take a whole repository away.
   */
  async readOrRemove(onDamage: OnDamage): Promise<Value | undefined> {
    try {
      return await this.read();
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
      onDamage(error);
      await this.#options.world.disk.remove(this.#path);
      return undefined;
    }
  }

  /** Durable when it resolves. Not to be called again before. */
  async write(value: Value): Promise<void> {
    const { world, directory } = this.#options;
    const checksum = checksumOf(value);
    const text = JSON.stringify({ magic: 'CAIRN-BACKUP', version: 1, checksum, value });
    const beside = `${this.#path}.new`;
    await world.disk.makeDirectory(directory);
    await removeIfThere(world.disk, beside);
    const file = await world.disk.open(beside, 'create');
    try {
      await file.write([Buffer.from(text)], 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await world.disk.rename(beside, this.#path);
    await world.disk.syncDirectory(directory);
  }

  get #path(): string {
    return `${this.#options.directory}/${this.#options.file}`;
  }
}

function checksumOf(value: unknown): number {
  return crc32c(Buffer.from(JSON.stringify(value)));
}

async function readWhole(disk: Disk, path: string): Promise<Buffer | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(await file.sizeBytes());
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (!(error instanceof DiskError && error.code === 'not-found')) throw error;
  }
}
