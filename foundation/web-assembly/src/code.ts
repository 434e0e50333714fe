// Code as bytes, and what it is made of. https://webassembly.github.io/spec/core/binary/values.html
//
// Code is bytes on a stack machine: what an instruction takes is written before it. So an expression is a function from
// the code of its operands to code, and `add32(get(a), constant(1))` reads as what it does. Nothing is checked here: the
// engine validates every module before it runs.

export type Code = readonly number[];

/** Items behind their count. */
export const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
/** Bytes behind their count. */
export const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
export const name = (characters: string): Code => sized([...Buffer.from(characters)]);

/** LEB128, of at most 31 bits: seven bits a byte, the low ones first, the high bit set on all but the last. */
export function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** The same of two's complement, of at most 32 bits: the last byte's bit 6 is the sign. */
export function signed(value: number): Code {
  const last = value >= -0x40 && value < 0x40;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
