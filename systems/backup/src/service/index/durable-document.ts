// A small JSON document that is replaced as a whole: `{ "magic": ..., "version": ..., "checksum": ..., "value": ... }`.
//
// The invariant: after a crash the document is that of before or that of after, and what was read stays.

import { crc32c } from '@cairn/hashing';
import { DiskError, readReplacedFile, replaceFile, type World } from '@cairn/world';
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

  /**
   * Undefined when it was never written. Throws `BackupError` `damaged`, for bytes that cannot be read too; and `DiskError` when
   * something else fails, such as the folder, whose sync says nothing of the document.
   */
  async read(): Promise<Value | undefined> {
    try {
      const bytes = await readReplacedFile(this.#options.world.disk, this.#path);
      if (bytes === undefined) return undefined;
      const { checksum, value } = envelope.parse(JSON.parse(bytes.toString('utf8')));
      if (checksum !== checksumOf(value)) throw new Error('its checksum is wrong');
      return this.#options.schema.parse(value);
    } catch (cause) {
      if (cause instanceof DiskError && !(cause.code === 'io' && cause.path === this.#path)) throw cause;
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
    await world.disk.makeDirectory(directory);
    await replaceFile(world.disk, this.#path, Buffer.from(text));
  }

  get #path(): string {
    return `${this.#options.directory}/${this.#options.file}`;
  }
}

function checksumOf(value: unknown): number {
  return crc32c(Buffer.from(JSON.stringify(value)));
}
