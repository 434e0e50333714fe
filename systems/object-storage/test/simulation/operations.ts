// The operations of a simulated client, as plain data: a plan is printed when it fails, shrunk, and replayed.

import type { Versioning } from '@cairn/object-storage';
import type { Random } from '@cairn/world';

/** Every key has one client; a client does one thing at a time, clients do theirs at the same time. */
export type Operation =
  | { readonly kind: 'put'; readonly key: string; readonly sizeBytes: number }
  | {
      readonly kind: 'multipart';
      readonly key: string;
      readonly partBytes: readonly number[];
      readonly abort: boolean;
    }
  /** `anew`: with a checksum that the source does not have, so that its bytes are read and written. */
  | { readonly kind: 'copy'; readonly key: string; readonly from: string; readonly anew: boolean }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'range'; readonly key: string; readonly startPermille: number; readonly length: number }
  | { readonly kind: 'list'; readonly prefix: string; readonly delimiter: string; readonly limit: number }
  /** `pick` chooses among the versions that are known when its turn comes. */
  | { readonly kind: 'get-version'; readonly key: string; readonly pick: number }
  | { readonly kind: 'delete-version'; readonly key: string; readonly pick: number }
  | { readonly kind: 'append'; readonly key: string; readonly sizeBytes: number }
  /** Another bucket is made, gets unfinished uploads with a part each, and is deleted with them. */
  | { readonly kind: 'passing-bucket'; readonly name: string; readonly partBytes: readonly number[] };

/** One round: operations that run at the same time, and what happens to the machine meanwhile. */
export type Round = {
  /** What the bucket's versioning becomes before them. */
  readonly versioning?: Versioning;
  readonly operations: readonly Operation[];
  readonly fault?: Fault;
};

export type Fault =
  | { readonly kind: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly kind: 'stall'; readonly afterMs: number; readonly durationMs: number }
  | { readonly kind: 'disk-full'; readonly bytesLeft: number }
  | { readonly kind: 'failing-sync' }
  | { readonly kind: 'failing-write' }
  | { readonly kind: 'clock-jump'; readonly byMs: number }
  | { readonly kind: 'rot' };

export const keys = ['a', 'a/b', 'a/c', 'b/1', 'b/2', 'ü/😀'] as const;

export type PlanOptions = {
  readonly rounds: number;
  readonly faults: readonly Fault['kind'][];
  /** Versioning is switched now and then, and versions are read and deleted. */
  readonly versions: boolean;
  /** Other buckets come and go, with unfinished uploads in them. */
  readonly buckets: boolean;
  /** Of the puts, two of three append. */
  readonly appends: boolean;
  /** Of the puts and appends, two of three copy. */
  readonly copies: boolean;
};

export function plan(random: Random, options: PlanOptions): Round[] {
  return Array.from({ length: options.rounds }, () => {
    const round = planRound(random, options.faults);
    if (options.buckets) return withPassingBuckets(random, round);
    const copying = options.copies ? withCopies(random, round) : round;
    const appending = options.appends ? withAppends(random, copying) : copying;
    return options.versions ? withVersions(random, appending) : appending;
  });
}

/** From keys that nobody changes meanwhile. */
function withCopies(random: Random, round: Round): Round {
  const busy = round.operations.map((operation) => ('key' in operation ? operation.key : undefined));
  const idle = keys.filter((key) => !busy.includes(key));
  if (idle.length === 0) return round;
  const operations = round.operations.map((operation): Operation => {
    if (operation.kind !== 'put' || random.integer(3) === 0) return operation;
    const from = idle[random.integer(idle.length)]!;
    return { kind: 'copy', key: operation.key, from, anew: random.integer(5) === 0 };
  });
  return { ...round, operations };
}

function withAppends(random: Random, round: Round): Round {
  const operations = round.operations.map(
    (operation): Operation =>
      operation.kind === 'put' && random.integer(3) > 0 ? { ...operation, kind: 'append' } : operation,
  );
  return { ...round, operations };
}

function withPassingBuckets(random: Random, round: Round): Round {
  const passing = ['passing-a', 'passing-b'].map((name): Operation => {
    const partBytes = Array.from({ length: random.integer(4) }, () => planSize(random));
    return { kind: 'passing-bucket', name, partBytes };
  });
  return { ...round, operations: [...round.operations, ...passing] };
}

/** Versions come of puts and deletes, so most of those stay. */
function withVersions(random: Random, round: Round): Round {
  const operations = round.operations.map((operation): Operation => {
    if (!('key' in operation) || random.integer(3) > 0) return operation;
    const kind = random.integer(2) === 0 ? 'get-version' : 'delete-version';
    return { kind, key: operation.key, pick: random.integer(1_000) };
  });
  const switched = random.integer(4);
  if (switched > 1) return { ...round, operations };
  return { ...round, operations, versioning: switched === 0 ? 'enabled' : 'suspended' };
}

function planRound(random: Random, faults: PlanOptions['faults']): Round {
  const busy = keys.filter(() => random.integer(3) > 0);
  const idle = keys.filter((key) => !busy.includes(key));
  const operations = busy.map((key) => planOperation(random, { key, idle }));
  if (faults.length === 0 || random.integer(3) > 0) return { operations };
  return { operations, fault: planFault(random, faults[random.integer(faults.length)]!) };
}

function planOperation(random: Random, { key, idle }: { key: string; idle: readonly string[] }): Operation {
  const choice = random.integer(20);
  if (choice < 8) return { kind: 'put', key, sizeBytes: planSize(random) };
  if (choice < 10) return planMultipart(random, key);
  if (choice < 11 && idle.length > 0) {
    const from = idle[random.integer(idle.length)]!;
    return { kind: 'copy', key, from, anew: from === keys[0] };
  }
  if (choice < 14) return { kind: 'delete', key };
  if (choice < 16) return { kind: 'get', key };
  if (choice < 18) {
    return { kind: 'range', key, startPermille: random.integer(1_000), length: 1 + random.integer(100_000) };
  }
  return {
    kind: 'list',
    prefix: ['', 'a', 'b/'][random.integer(3)]!,
    delimiter: ['', '/'][random.integer(2)]!,
    limit: 1 + random.integer(4),
  };
}

function planMultipart(random: Random, key: string): Operation {
  const partBytes = Array.from({ length: 1 + random.integer(3) }, () => planSize(random));
  return { kind: 'multipart', key, partBytes, abort: random.integer(3) === 0 };
}

/** Around the borders: nothing, one block, several, more than a batch. */
function planSize(random: Random): number {
  const borders = [0, 1, 4_096, 65_535, 65_536, 65_537, 131_072, 300_000, 400_000];
  return borders[random.integer(borders.length)]!;
}

function planFault(random: Random, kind: Fault['kind']): Fault {
  switch (kind) {
    case 'crash':
      return { kind, afterMs: random.integer(60), powerLoss: random.integer(3) > 0 };
    case 'stall':
      return { kind, afterMs: random.integer(20), durationMs: 1 + random.integer(10_000) };
    case 'disk-full':
      return { kind, bytesLeft: random.integer(500_000) };
    case 'clock-jump':
      return { kind, byMs: random.integer(7_200_000) - 3_600_000 };
    default:
      return { kind };
  }
}
