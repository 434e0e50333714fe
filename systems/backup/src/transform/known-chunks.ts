// Which chunks a session may refer to: those that a writer may rely on, and those that it stored itself (DESIGN.md, W2 and W3).

import type { ChunkIndex } from '../core/repository.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import type { FingerprintService } from '../service/fingerprint-service.ts';

type Service = Pick<FingerprintService, 'lookup'>;

export class KnownChunks {
  readonly #index: ChunkIndex;
  readonly #except: ReadonlySet<string>;
  readonly #stored = FingerprintTable.create();
  /** Beside a service the index knows nothing: what it answered. */
  readonly #service: Service | undefined;
  readonly #learned = FingerprintTable.create();

  /** What lies in the packs of `except` alone is not known: they were found damaged. */
  constructor(
    index: ChunkIndex,
    {
      except = new Set(),
      service,
    }: { readonly except?: ReadonlySet<string>; readonly service?: Service } = {},
  ) {
    this.#index = index;
    this.#except = except;
    this.#service = service;
  }

  /** To be called with what the others will be asked about, many at once: a service is asked for what is not known yet. */
  async learn(fingerprints: Uint8Array): Promise<void> {
    if (this.#service === undefined) return;
    const unknown = this.unknownAmong(fingerprints);
    if (unknown.length === 0) return;
    const answers = await this.#service.lookup(unknown);
    for (const [index, answer] of answers.entries())
      if (answer === 1) this.#learned.claim(unknown, index * fingerprintBytes);
  }

  has(fingerprint: Uint8Array): boolean {
    return this.#isIndexed(fingerprint) || this.#stored.has(fingerprint);
  }

  /** True when it was not known: then the caller stores it. */
  claim(fingerprint: Uint8Array): boolean {
    return !this.#isIndexed(fingerprint) && this.#stored.claim(fingerprint) === 'claimed';
  }

  /** Those of `fingerprints` (n x 32 bytes) that are not known, each once, in their order. */
  unknownAmong(fingerprints: Uint8Array): Uint8Array {
    const unknown: Uint8Array[] = [];
    const met = new Set<string>();
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes) {
      const fingerprint = fingerprints.subarray(offset, offset + fingerprintBytes);
      if (this.has(fingerprint)) continue;
      const key = Buffer.from(fingerprint).toString('latin1');
      if (met.has(key)) continue;
      met.add(key);
      unknown.push(fingerprint);
    }
    return Buffer.concat(unknown);
  }

  #isIndexed(fingerprint: Uint8Array): boolean {
    if (this.#service !== undefined) return this.#learned.has(fingerprint);
    if (!this.#index.isKnown(fingerprint)) return false;
    return (
      this.#except.size === 0 || this.#index.copies(fingerprint).some(({ packId }) => this.#counts(packId))
    );
  }

  #counts(packId: string): boolean {
    const pack = this.#index.packOf(packId);
    if (pack === undefined || this.#except.has(packId)) return false;
    return !pack.condemned && pack.listedBytes >= pack.sizeBytes;
  }
}
