// The WebAssembly code that looks for a cut: `scan(from, to, threshold)` returns the address behind the first byte from `from`
// on, and before `to`, whose hash is below the threshold; 0 when there is none (DESIGN.md, "Chunking and fingerprints").
//
// One hash after the other is bound by latency: each takes two cycles and waits for the one before. But a hash depends on 64
// bytes only, so four places, `laneBytes` apart, are hashed side by side, each after a run-up of 64 bytes: twice as fast. A
// hash below the threshold in any lane only says that the block holds a cut: the plain loop then finds the first.
//
//   from-64   from          lane 1        lane 2        lane 3        from + blockBytes
//     |run-up| ..............|.............|.............|.............|

import {
  add32,
  add64,
  assembleModule,
  block,
  type Code,
  constant,
  constant64,
  endlessly,
  Frame,
  get,
  giveBack,
  isAbove32,
  isBelow32,
  isBelow64,
  type Local,
  leaveIf,
  load64,
  loadByte,
  not,
  repeatWhile,
  set,
  shiftLeft32,
  shiftLeft64,
  subtract32,
} from '@cairn/web-assembly';
import { windowBytes } from './cut-rule.ts';

const lanes = 4;
const laneBytes = 2048;
const blockBytes = lanes * laneBytes;

/** Of the memory: the gear table at 0, two thresholds behind it; the bytes to scan begin at least 64 bytes later. */
export const memoryPlaces = { gear: 0, strictThreshold: 2048, looseThreshold: 2056, data: 4096 } as const;

/** `threshold` is the address of one. The 64 bytes before `from` are read. */
export type Scan = (from: number, to: number, threshold: number) => number;

export function assembleScan(memoryPages: number): Uint8Array<ArrayBuffer> {
  const frame = new Frame();
  const from = frame.parameter('i32');
  const to = frame.parameter('i32');
  const thresholdAddress = frame.parameter('i32');
  const variables: Variables = {
    from,
    to,
    position: frame.local('i32'),
    end: frame.local('i32'),
    threshold: frame.local('i64'),
    hashes: Array.from({ length: lanes }, () => frame.local('i64')),
  };
  const body = [
    set(variables.threshold, load64(get(thresholdAddress), 0)),
    passBlocks(variables),
    scanPlainly(variables),
    constant(0),
  ];
  return assembleModule([{ name: 'scan', frame, body, result: 'i32' }], memoryPages);
}

type Variables = {
  readonly from: Local;
  readonly to: Local;
  readonly position: Local;
  readonly end: Local;
  readonly threshold: Local;
  readonly hashes: readonly Local[];
};

/** Moves `from` on to the first block that holds a cut, or to the last bytes, which do not fill a block. */
function passBlocks(variables: Variables): Code {
  const { from, to, position, end, threshold, hashes } = variables;
  const hashAll = hashes.map((hash, lane) => nextHash(hash, position, lane * laneBytes));
  // Two blocks out: this loop is one, `endlessly` another.
  const oneByte = hashes.flatMap((hash, lane) => [
    nextHash(hash, position, lane * laneBytes),
    leaveIf(isBelow64(get(hash), get(threshold)), 2),
  ]);
  return block([
    endlessly([
      leaveIf(isAbove32(add32(get(from), constant(blockBytes)), get(to)), 1),
      ...hashes.map((hash) => set(hash, constant64(0))),
      set(position, subtract32(get(from), constant(windowBytes))),
      repeatWhile([...hashAll, advance(position, 1)], isBelow32(get(position), get(from))),
      set(end, add32(get(from), constant(laneBytes))),
      repeatWhile([...oneByte, advance(position, 1)], isBelow32(get(position), get(end))),
      advance(from, blockBytes),
    ]),
  ]);
}

function scanPlainly({ from, to, position, threshold, hashes }: Variables): Code {
  const hash = hashes[0]!;
  const step = [nextHash(hash, position, 0), advance(position, 1)];
  const found = block([leaveIf(not(isBelow64(get(hash), get(threshold))), 0), giveBack(get(position))]);
  return block([
    leaveIf(not(isBelow32(get(from), get(to))), 0),
    set(hash, constant64(0)),
    set(position, subtract32(get(from), constant(windowBytes))),
    repeatWhile(step, isBelow32(get(position), get(from))),
    repeatWhile([...step, found], isBelow32(get(position), get(to))),
  ]);
}

function nextHash(hash: Local, position: Local, offset: number): Code {
  const word = load64(shiftLeft32(loadByte(get(position), offset), constant(3)), memoryPlaces.gear);
  return set(hash, add64(shiftLeft64(get(hash), constant64(1)), word));
}

const advance = (address: Local, by: number): Code => set(address, add32(get(address), constant(by)));
