// Compares packs with what index objects say of them, and reads those that were asked for whole. What cannot be read of a pack
// is noted chunk by chunk, so that the files it hurts can be named.

import type { Repository } from '../core/repository.ts';
import { inParallel } from '../core/store/in-parallel.ts';
import type { ListedObject } from '../core/store/list-all.ts';
import { onStore } from '../core/store/store-error.ts';
import { objectName } from '../format/object-names.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import { parsePackEntries } from '../packing/pack-layout.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import type { BadChunkCopies } from './chunk-copies.ts';
import type { BadChunk, PackExamination } from './examine-pack.ts';
import { damage, notice } from './finding.ts';
import type { FindingList } from './finding-list.ts';
import { FooterReader } from './footer-reader.ts';
import { digestOf, type IndexClaims, readPackSummary } from './index-claims.ts';
import { type ExaminedPack, examinePacks, type ListedPack } from './pack-examiner.ts';

export type PackVerificationOptions = {
  readonly repository: Repository;
  readonly claims: IndexClaims;
  readonly condemned: ReadonlySet<string>;
  readonly findings: FindingList;
  readonly bad: BadChunkCopies;
  readonly workers?: number | undefined;
  readonly inCallingThread?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After each pack, with the bytes that were read of it. */
  readonly onPack: (bytes: number) => void;
  /** Each footer of which no index object says the same. */
  readonly onFooter?: (footer: PackSummary) => void;
  /** Each pack that was read whole and is damaged. */
  readonly onDamaged?: (packId: string, examination: PackExamination) => void;
};

const footersAtOnce = 16;

export class PackVerification {
  readonly #options: PackVerificationOptions;
  readonly #wrongSizes = new Map<string, string>();
  /** Ids of packs that index objects name and that are not there. */
  readonly missing = new Set<string>();
  packsRead = 0;
  bytesRead = 0;

  constructor(options: PackVerificationOptions) {
    this.#options = options;
  }

  /**
   * What the listing says: packs that are missing, or in no index object, are findings. Those of another size than they should
   * have are returned: `readWhole` has to find out what is left of them. What was not listed is looked up: index objects that
   * were read after the listing may name packs that came after it.
   */
  async compareListing(listed: readonly ListedObject[]): Promise<readonly string[]> {
    const { claims, condemned, findings, repository } = this.#options;
    const sizes = new Map(listed.map(({ id, sizeBytes }) => [id, sizeBytes]));
    for (const [id, claim] of claims.packs) {
      const sizeBytes = sizes.get(id);
      if (sizeBytes === undefined) {
        const name = objectName('packs', id);
        const info = await onStore(`look up ${name}`, () => repository.blobs.head(name));
        if (info === undefined) this.#addMissing(id, claim.summary);
      } else if (sizeBytes !== claim.sizeBytes)
        this.#wrongSizes.set(id, `it has ${sizeBytes} bytes instead of ${claim.sizeBytes}`);
    }
    for (const { id, name } of listed) {
      if (claims.packs.has(id) || condemned.has(id)) continue;
      findings.add(
        notice(name, 'it is in no index object: left by a backup that did not end, or still at work'),
      );
    }
    return [...this.#wrongSizes.keys()];
  }

  /**
   * Footers of packs that are not read whole. Returned are packs whose footer cannot be read or is not what the index says: to be
   * read whole, too, for their hash tells who is wrong.
   */
  async compareFooters(packs: readonly ListedObject[]): Promise<ReadonlySet<string>> {
    const reader = new FooterReader(this.#options.repository);
    const suspicious = new Set<string>();
    await inParallel(packs, footersAtOnce, async ({ id, name, sizeBytes }) => {
      this.#options.signal?.throwIfAborted();
      const claim = this.#options.claims.packs.get(id);
      const footer = await reader.read(id, sizeBytes, claim && claim.entriesBytes + tagBytes);
      if (footer === undefined) return this.#options.onPack(0);
      if (claim !== undefined) {
        if (typeof footer === 'string' || claim.digest !== digestOf(footer)) suspicious.add(id);
      } else if (typeof footer === 'string') this.#options.findings.add(notice(name, footer));
      else this.#options.onFooter?.(footer);
      this.#options.onPack(0);
    });
    return suspicious;
  }

  /** Reads packs whole: hash, tags, fingerprints. */
  async readWhole(packs: readonly ListedPack[]): Promise<void> {
    const { repository, workers, inCallingThread, signal, claims } = this.#options;
    const indexed = async (id: string) =>
      claims.packs.get(id)?.summary ?? readPackSummary(repository, id, claims.packs.get(id)?.objects ?? []);
    const options = { workers, inCallingThread, signal, indexed };
    for await (const pack of examinePacks(repository, packs, options)) {
      if (pack.examination !== undefined) this.#addExamined(pack, pack.examination);
      this.packsRead += 1;
      this.bytesRead += pack.sizeBytes;
      this.#options.onPack(pack.sizeBytes);
    }
  }

  #addExamined({ id, unsteady }: ExaminedPack, examination: PackExamination): void {
    const { footer, problems, bad } = examination;
    const name = objectName('packs', id);
    if (unsteady)
      this.#options.findings.add(notice(name, 'it was read wrong once, and right when read again'));
    if (footer !== undefined && problems.length === 0) this.#compareFooter(footer);
    if (problems.length === 0 && bad.length === 0) return;
    const wrongSize = this.#wrongSizes.get(id);
    const all = wrongSize === undefined ? problems : [wrongSize, ...problems];
    const severity = this.#mayBeNeeded(id) ? damage : notice;
    const cause = this.#options.findings.add(severity(name, describe(all, bad)));
    this.#options.onDamaged?.(id, examination);
    for (const { fingerprint } of bad) this.#options.bad.add(fingerprint, id, cause);
  }

  /** What no index object names nobody needs, unless there are index objects that cannot be read. */
  #mayBeNeeded(id: string): boolean {
    const { packs, altered, unreadable } = this.#options.claims;
    return packs.has(id) || altered.length > 0 || unreadable.length > 0;
  }

  /** Of a pack whose bytes are those that its name says. */
  #compareFooter(footer: PackSummary): void {
    const claim = this.#options.claims.packs.get(footer.id);
    if (claim?.digest === digestOf(footer)) return;
    this.#options.onFooter?.(footer);
    for (const object of claim?.objects ?? []) {
      const problem = `it says something else of pack ${footer.id} than the pack itself`;
      this.#options.findings.add(damage(objectName('index', object), problem));
    }
  }

  #addMissing(id: string, summary: PackSummary | undefined): void {
    this.missing.add(id);
    const name = objectName('packs', id);
    const cause = this.#options.findings.addMild(damage(name, 'it is missing'));
    if (summary === undefined) return;
    const { fingerprints } = parsePackEntries(summary.entries, summary.entryCount, name);
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes)
      this.#options.bad.add(fingerprints.slice(offset, offset + fingerprintBytes), id, cause);
  }
}

const tagBytes = 16;
const chunksNamedMax = 3;

function describe(problems: readonly string[], bad: readonly BadChunk[]): string {
  const named = bad.slice(0, chunksNamedMax).map(({ problem }) => problem);
  const more = bad.length > named.length ? [`and ${bad.length - named.length} more chunks`] : [];
  return [...problems, ...named, ...more].join('; ');
}
