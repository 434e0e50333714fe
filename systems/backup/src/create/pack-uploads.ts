// Packs on their way to the store: a bounded number at once. Whoever adds one waits for room, which is what keeps archivers
// from running ahead of the store.

import type { RepositoryConfig } from '../format/repository-config.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';

/** Enough to hide a remote store's latency; what is on its way is memory. */
const uploadBytesAtOnceDefault = 32 * 1024 * 1024;

/** How many packs of a repository are on their way at most. */
export function uploadsAtOnce(
  { packBytes }: Pick<RepositoryConfig, 'packBytes'>,
  bytesAtOnce = uploadBytesAtOnceDefault,
): number {
  return Math.max(2, Math.floor(bytesAtOnce / packBytes));
}

export type PackUploadsOptions = {
  readonly store: (pack: SealedPack) => Promise<void>;
  /** Nobody reads the pack's bytes any more. */
  readonly onStored: (pack: SealedPack) => void;
  /** Packs on their way. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
};

export class PackUploads {
  readonly #options: PackUploadsOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  bytesUploaded = 0;

  constructor(options: PackUploadsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the upload has begun. Rejects with what an earlier upload failed with: then nothing more is begun.
   */
  async add(pack: SealedPack): Promise<void> {
    while (this.#inFlight.size >= this.#options.atOnce) await Promise.race(this.#inFlight);
    this.#options.signal.throwIfAborted();
    this.#throwFailure();
    const upload = this.#upload(pack).finally(() => this.#inFlight.delete(upload));
    this.#inFlight.add(upload);
  }

  /** Resolves when all is durable; rejects when anything failed. */
  async drain(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Resolves when nothing is under way, however it ended. */
  async settle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** Never rejects: the failure is kept for whoever comes next. */
  async #upload(pack: SealedPack): Promise<void> {
    try {
      await this.#options.store(pack);
      this.bytesUploaded += pack.sizeBytes;
      this.#options.onStored(pack);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
