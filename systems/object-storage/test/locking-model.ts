// The trivial model of a bucket with object lock: versions, and until when nobody may remove each of them.

export type ModelRetention = { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly untilMs: number };
export type LockedVersion = {
  readonly key: string;
  readonly versionId: string;
  /** Undefined for a delete marker. */
  readonly content: string | undefined;
  retention: ModelRetention | undefined;
  hold: boolean;
};

export class LockingModel {
  readonly versions: LockedVersion[] = [];

  add(version: LockedVersion): void {
    this.versions.push(version);
  }

  /** Whether a deletion by id has to be refused. */
  isKept({ hold, retention }: LockedVersion, { nowMs, bypass }: { nowMs: number; bypass: boolean }): boolean {
    if (hold) return true;
    if (retention === undefined || retention.untilMs <= nowMs) return false;
    return retention.mode === 'COMPLIANCE' || !bypass;
  }

  /** Whether a new retention may take the place of the one that is there. */
  mayReplace(
    { retention: old }: LockedVersion,
    next: ModelRetention | undefined,
    { nowMs, bypass }: { nowMs: number; bypass: boolean },
  ): boolean {
    if (next !== undefined && next.untilMs <= nowMs) return false;
    if (old === undefined || old.untilMs <= nowMs) return true;
    if (old.mode === 'GOVERNANCE' && bypass) return true;
    return next !== undefined && next.mode === old.mode && next.untilMs >= old.untilMs;
  }

  remove(version: LockedVersion): void {
    this.versions.splice(this.versions.indexOf(version), 1);
  }
}
