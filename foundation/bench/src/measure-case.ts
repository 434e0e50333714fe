// Measures one case: ours and the peer in turns (A B A B), so that a machine that drifts drifts for both, and reduces
// the turns to medians and a ratio.

import assert from 'node:assert/strict';
import type { BenchCase, BenchContext, BenchResult, Limit, Peer } from './bench-case.ts';

export const alternationsMin = 7;

export type CaseMeasurement = {
  readonly result: BenchResult;
  /** The peer for readers: `limit`, or for an at-most goal also of what. */
  readonly peerLabel: string;
  /** What of the peer was measured; undefined for a limit, no peer, or one that is not installed. */
  readonly peerVersion: string | undefined;
  /** How often each side was measured. */
  readonly turns: number;
  readonly oursRange: Range;
  /** What a limit that is n times a peer has n times of. */
  readonly peerRange: Range | undefined;
};

export type Range = { readonly min: number; readonly max: number };

/** `alternations` counts measurements of each side; a warm-up turn precedes them, except in a tiny run (one turn). */
export async function measureCase(
  benchCase: BenchCase,
  options: { readonly context: BenchContext; readonly alternations: number },
): Promise<CaseMeasurement> {
  const { context } = options;
  const peer = isLimit(benchCase.peer) ? undefined : benchCase.peer;
  assert(!(benchCase.once && peer), `${benchCase.name}: what is measured once has no peer`);
  assert(
    peer?.atMost === undefined || benchCase.better === 'less',
    `${benchCase.name}: at most means less is better`,
  );
  const peerVersion = await peer?.version(context);
  const runPeer = peerVersion === undefined ? undefined : peer?.run;
  const turns =
    context.tiny || benchCase.once
      ? { warmUps: 0, measured: 1 }
      : { warmUps: benchCase.cold ? 0 : 1, measured: options.alternations };
  try {
    await benchCase.prepare?.(context);
    const samples = await alternate(benchCase.ours, runPeer, { context, turns });
    return {
      result: toResult(benchCase, samples),
      peerLabel: peerLabelOf(benchCase.peer),
      peerVersion,
      turns: turns.measured,
      oursRange: rangeOf(samples.ours),
      peerRange: samples.peer.length === 0 ? undefined : rangeOf(samples.peer, peer?.atMost),
    };
  } finally {
    await benchCase.cleanup?.();
  }
}

export type Samples = { readonly ours: readonly number[]; readonly peer: readonly number[] };

async function alternate(
  ours: BenchCase['ours'],
  peer: Peer['run'] | undefined,
  options: {
    readonly context: BenchContext;
    readonly turns: { readonly warmUps: number; readonly measured: number };
  },
): Promise<Samples> {
  const { context, turns } = options;
  const samples = { ours: [] as number[], peer: [] as number[] };
  for (let turn = -turns.warmUps; turn < turns.measured; turn++) {
    const oursValue = checked(await ours(context));
    const peerValue = peer && checked(await peer(context));
    if (turn < 0) continue;
    samples.ours.push(oursValue);
    if (peerValue !== undefined) samples.peer.push(peerValue);
  }
  return samples;
}

/** Medians and the ratio, by the rules of the blueprint's contract "Benches". */
export function toResult(benchCase: BenchCase, samples: Samples): BenchResult {
  const { name, unit, better, peer: peerOrLimit } = benchCase;
  const ours = median(samples.ours);
  const peer = peerValueOf(peerOrLimit, samples);
  return {
    case: name,
    unit,
    ours,
    peer,
    peerName: peerNameOf(peerOrLimit),
    ratio: peer === null ? null : ratioOf({ ours, peer, better }),
    goal: isAtMost(peerOrLimit) ? 1 : (benchCase.goal ?? null),
  };
}

function peerValueOf(peer: BenchCase['peer'], samples: Samples): number | null {
  if (isLimit(peer)) return peer.limit;
  return samples.peer.length === 0 ? null : median(samples.peer) * (peer?.atMost ?? 1);
}

/** Whether the peer's number is a limit: by itself, or as a multiple of what the peer needs. */
function isAtMost(peer: BenchCase['peer']): boolean {
  return isLimit(peer) || peer?.atMost !== undefined;
}

/** Of an even number of values halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  assert(values.length > 0, 'a median needs a value');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function rangeOf(values: readonly number[], times = 1): Range {
  return { min: Math.min(...values) * times, max: Math.max(...values) * times };
}

/** A cost and an at-most limit are better when ours is smaller: peer/ours. A rate is better when larger: ours/peer. */
function ratioOf(values: { ours: number; peer: number; better: BenchCase['better'] }): number {
  return values.better === 'less' ? values.peer / values.ours : values.ours / values.peer;
}

function peerNameOf(peer: Peer | Limit | undefined): string | null {
  if (peer === undefined) return null;
  return isLimit(peer) || peer.atMost !== undefined ? 'limit' : peer.name;
}

function peerLabelOf(peer: Peer | Limit | undefined): string {
  if (peer === undefined) return 'none';
  if (isLimit(peer)) return 'limit';
  return peer.atMost === undefined ? peer.name : `${peer.atMost} x ${peer.name}`;
}

function isLimit(peer: Peer | Limit | undefined): peer is Limit {
  return peer !== undefined && 'limit' in peer;
}

function checked(value: number): number {
  assert(Number.isFinite(value) && value > 0, `a measurement is a number above 0, this one is ${value}`);
  return value;
}
