// The storage's own rules of upkeep, each left out by hand, to prove that the simulation would notice.

import { BlobIndex } from '../../src/data/blob-index.ts';
import { Holds } from '../../src/data/holds.ts';
import { BlobIds } from '../../src/data/writing/blob-ids.ts';

export type Rule = {
  readonly what: string;
  /** Within how many seeds it is noticed. */
  readonly seeds: number;
  readonly leaveOut: () => () => void;
};

/** Places are switched to copies that are not synced yet, until the function that it returns is called. */
export function switchBeforeSync(): () => void {
  return replacing(BlobIndex.prototype, 'announce', function (announce, announced) {
    const entry = announce.call(this, announced);
    if (announced.change.kind === 'move') {
      this.durable(entry);
      void this.flush();
    }
    return entry;
  });
}

/** Each leaves its rule out until the function that it returns is called. */
export const rules: readonly Rule[] = [
  {
    what: 'blobs whose row is on its way are no orphans',
    seeds: 60,
    leaveOut: () => replacing(BlobIds.prototype, 'undecided', () => new Set()),
  },
  {
    what: 'what a crash left undecided is looked for',
    seeds: 60,
    leaveOut: () => replacing(BlobIds.prototype, 'lookFrom', () => {}),
  },
  {
    what: 'segments that uploads and readers hold are not removed',
    seeds: 120,
    leaveOut: () => replacing(Holds.prototype, 'isHeld', () => false),
  },
];

function replacing<T extends object, Name extends keyof T>(
  target: T,
  name: Name,
  replacement: T[Name] extends (...input: infer Input) => infer Output
    ? (this: T, original: (this: T, ...input: Input) => Output, ...input: Input) => Output
    : never,
): () => void {
  const original = target[name];
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value(this: T, ...input: never[]) {
      return (replacement as (...all: unknown[]) => unknown).call(this, original, ...input);
    },
  });
  return () => {
    Object.defineProperty(target, name, { configurable: true, writable: true, value: original });
  };
}
