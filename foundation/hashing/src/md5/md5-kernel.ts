// The WebAssembly code of MD5 (RFC 1321) over several texts at once.
//
// One MD5 is bound by latency: each of the 64 steps of a block waits for the one before. So eight texts go side by side: four
// in the lanes of a vector, and two vectors whose steps take turns, which keeps the processor busy and fills its sixteen registers.
//
//   a vector of the state, or of a word     text 0 | text 1 | text 2 | text 3

import {
  add32,
  addNumbers,
  and128,
  assembleModule,
  type Code,
  constant,
  Frame,
  get,
  isBelow32,
  type Local,
  loadVector,
  not128,
  or128,
  repeatWhile,
  rotateNumbersLeft,
  set,
  shuffle,
  storeVector,
  xor128,
} from '@cairn/web-assembly';

export const blockBytes = 64;
export const vectorBytes = 16;
const textsInVector = 4;
const vectorsAtOnce = 2;
export const textsAtOnce = vectorsAtOnce * textsInVector;
const wordsInBlock = 16;
const stepCount = 64;

/** Of a text with its padding. */
export const laneBytes = 8 * 1024;

const roundConstantsAt = 0;
const wordsAt = roundConstantsAt + stepCount * vectorBytes;
const stateAt = wordsAt + vectorsAtOnce * wordsInBlock * vectorBytes;
const textsAt = 4096;

/** Of the memory: the round constants, each four times; A, B, C and D, each of all texts; the texts. */
export const places = { roundConstants: roundConstantsAt, state: stateAt, texts: textsAt } as const;
export const memoryPages = Math.ceil((textsAt + textsAtOnce * laneBytes) / 65_536);

/** Takes the blocks of all texts from one place in them to another, which is behind it, into the state. */
export type CompressBlocks = (from: number, to: number) => void;

/** RFC 1321, 3.4: by round, how far each of four steps rotates, and which word a step takes. */
const rounds = [
  { rotations: [7, 12, 17, 22], word: (step: number) => step },
  { rotations: [5, 9, 14, 20], word: (step: number) => 5 * step + 1 },
  { rotations: [4, 11, 16, 23], word: (step: number) => 3 * step + 5 },
  { rotations: [6, 10, 15, 21], word: (step: number) => 7 * step },
] as const;

export const roundConstants: readonly number[] = Array.from({ length: stepCount }, (_, step) =>
  Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32),
);
export const initialState = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;

/**
 * A module with `compressBlocks`, made piece by piece: to make it at once holds a loop up for 15 to 25 ms, since what does it
 * runs for the first time.
 */
export function* assembleMd5(): Generator<undefined, Uint8Array<ArrayBuffer>, undefined> {
  const frame = new Frame();
  const from = frame.parameter('i32');
  const to = frame.parameter('i32');
  const vectors = range(vectorsAtOnce).map((index) => newVector(frame, index));
  const oneBlock: Code[] = [];
  for (const vector of vectors) {
    oneBlock.push(...transposeWords(vector, from));
    yield;
  }
  for (const { state, index } of vectors)
    oneBlock.push(
      ...state.map((part, which) => set(part, loadVector(constant(0), statePlace(which, index)))),
    );
  for (const step of range(stepCount)) {
    oneBlock.push(...vectors.map((vector) => oneStep(vector, step)));
    yield;
  }
  for (const { state, index } of vectors)
    oneBlock.push(...state.map((part, which) => addToState(part, statePlace(which, index))));
  oneBlock.push(set(from, add32(get(from), constant(blockBytes))));
  const body = [repeatWhile(oneBlock, isBelow32(get(from), get(to)))];
  return assembleModule([{ name: 'compressBlocks', frame, body }], memoryPages);
}

type Vector = { readonly index: number; readonly state: readonly Local[]; readonly loaded: readonly Local[] };

function newVector(frame: Frame, index: number): Vector {
  return {
    index,
    state: range(4).map(() => frame.local('v128')),
    loaded: range(textsInVector).map(() => frame.local('v128')),
  };
}

const statePlace = (part: number, vector: number): number =>
  stateAt + (part * vectorsAtOnce + vector) * vectorBytes;
const wordPlace = (word: number, vector: number): number =>
  wordsAt + (word * vectorsAtOnce + vector) * vectorBytes;

/** Sixteen bytes of each of four texts become four vectors, each of one word of all texts. */
function transposeWords({ index, loaded }: Vector, from: Local): readonly Code[] {
  return range(wordsInBlock / textsInVector).flatMap((group) => {
    const [a, b, c, d] = loaded.map((_, text) =>
      loadVector(get(from), textsAt + (index * textsInVector + text) * laneBytes + group * vectorBytes),
    ) as [Code, Code, Code, Code];
    const [lowOfFirst, highOfFirst, lowOfLast, highOfLast] = loaded as [Local, Local, Local, Local];
    const put = (word: number, value: Code): Code =>
      storeVector(constant(0), wordPlace(group * textsInVector + word, index), value);
    return [
      set(lowOfFirst, shuffle(a, b, lowWords)),
      set(highOfFirst, shuffle(a, b, highWords)),
      set(lowOfLast, shuffle(c, d, lowWords)),
      set(highOfLast, shuffle(c, d, highWords)),
      put(0, shuffle(get(lowOfFirst), get(lowOfLast), lowHalves)),
      put(1, shuffle(get(lowOfFirst), get(lowOfLast), highHalves)),
      put(2, shuffle(get(highOfFirst), get(highOfLast), lowHalves)),
      put(3, shuffle(get(highOfFirst), get(highOfLast), highHalves)),
    ];
  });
}

/** Words of two vectors by turns; halves of them, one after the other. */
const wordPlaces = (words: readonly number[]): readonly number[] =>
  words.flatMap((word) => range(4).map((byte) => word * 4 + byte));
const lowWords = wordPlaces([0, 4, 1, 5]);
const highWords = wordPlaces([2, 6, 3, 7]);
const lowHalves = wordPlaces([0, 1, 4, 5]);
const highHalves = wordPlaces([2, 3, 6, 7]);

/** A becomes B + (A + f(B, C, D) + word + constant <<< rotation); then each is called by the next one's name. */
function oneStep({ state, index }: Vector, step: number): Code {
  const part = (which: number): Local => state[(((which - step) % 4) + 4) % 4]!;
  const [a, b, c, d] = [part(0), part(1), part(2), part(3)];
  const round = Math.floor(step / wordsInBlock);
  const { rotations, word } = rounds[round]!;
  const given = loadVector(constant(0), wordPlace(word(step) % wordsInBlock, index));
  const roundConstant = loadVector(constant(0), roundConstantsAt + step * vectorBytes);
  const early = addNumbers(addNumbers(get(a), roundConstant), given);
  const sum = addNumbers(early, mixed(round, { b: get(b), c: get(c), d: get(d) }));
  return [...set(a, sum), ...set(a, addNumbers(rotateNumbersLeft(get(a), rotations[step % 4]!), get(b)))];
}

/** F, G, H and I of the RFC; the first two with one operation less. */
function mixed(round: number, { b, c, d }: { b: Code; c: Code; d: Code }): Code {
  if (round === 0) return xor128(d, and128(b, xor128(c, d)));
  if (round === 1) return xor128(c, and128(d, xor128(b, c)));
  if (round === 2) return xor128(xor128(c, d), b);
  return xor128(c, or128(b, not128(d)));
}

const addToState = (part: Local, place: number): Code =>
  storeVector(constant(0), place, addNumbers(loadVector(constant(0), place), get(part)));

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
