// The trivial model of a bucket with versioning: a list of versions per key, the newest first.

import type { Versioning } from '../src/core/object-storage.ts';

export type ModelVersion = {
  readonly versionId: string;
  /** Undefined for a delete marker. */
  readonly content: string | undefined;
};

export class VersioningModel {
  versioning: Versioning | undefined;
  readonly #keys = new Map<string, ModelVersion[]>();

  versions(key: string): readonly ModelVersion[] {
    return this.#keys.get(key) ?? [];
  }

  keys(): string[] {
    const used = [...this.#keys].filter(([, versions]) => versions.length > 0).map(([key]) => key);
    return used.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }

  /** `versionId` is what the storage answered. */
  put(key: string, version: ModelVersion): void {
    const versions = this.versions(key).filter(
      ({ versionId }) => version.versionId !== 'null' || versionId !== 'null',
    );
    this.#keys.set(key, [version, ...versions]);
  }

  /** Without an id, as without versioning, the object goes; nothing else may be there then. */
  remove(key: string, versionId: string): ModelVersion | undefined {
    const found = this.versions(key).find((version) => version.versionId === versionId);
    this.#keys.set(
      key,
      this.versions(key).filter((version) => version !== found),
    );
    return found;
  }
}
