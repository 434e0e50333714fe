// Rows that differ from one by a single change: a character of a text, a bit of a number. A damaged row is restored where one of
// them matches its checksum; by chance one in four thousand million does.

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
/** Of an integer that a row may hold. */
const integerBits = 53;
/** Longer texts are not tried: each character of one costs a checksum of all of it, 95 times. */
const textCharactersMax = 20_000;

type Column = string | number | null | Uint8Array;

/** In `columns` only. */
export function* nearRows<Row extends Readonly<Record<string, Column>>>(
  row: Row,
  columns: readonly (keyof Row & string)[],
): Generator<Row, void, undefined> {
  for (const column of columns) {
    const value = row[column];
    if (typeof value === 'string') for (const near of nearTexts(value)) yield { ...row, [column]: near };
    else if (typeof value === 'number')
      for (const near of nearIntegers(value)) yield { ...row, [column]: near };
  }
}

function* nearTexts(text: string): Generator<string, void, undefined> {
  if (text.length > textCharactersMax) return;
  for (let at = 0; at < text.length; at++)
    for (const character of printable) yield text.slice(0, at) + character + text.slice(at + 1);
}

function* nearIntegers(value: number): Generator<number, void, undefined> {
  if (!Number.isSafeInteger(value)) return;
  for (let bit = 0; bit < integerBits; bit++) {
    const near = Number(BigInt(value) ^ (1n << BigInt(bit)));
    if (Number.isSafeInteger(near)) yield near;
  }
}

/** Whether two checksums differ in one byte: then the checksum is what rotted. */
export function isOneByteApart(stored: number, computed: number): boolean {
  const difference = stored ^ computed;
  return [0, 8, 16, 24].some((shift) => ((difference >>> shift) & 0xff) << shift === difference >> 0);
}
