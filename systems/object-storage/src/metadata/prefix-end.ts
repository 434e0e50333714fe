// The end of the range of all strings that start with a prefix, in the order of UTF-8 bytes, which is that of code points.

/** The smallest string greater than every string that starts with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const codePoints = [...prefix];
  while (codePoints.length > 0) {
    const last = codePoints.pop()!.codePointAt(0)!;
    if (last === 0x10ffff) continue;
    // U+D800 to U+DFFF are halves of UTF-16 pairs and no characters: they have no UTF-8.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return codePoints.join('') + String.fromCodePoint(next);
  }
  return undefined;
}
