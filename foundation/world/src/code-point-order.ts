// Order of strings by code point, which is also the order of their UTF-8 bytes. JavaScript's own `<` compares UTF-16
// units, where the surrogates of astral characters (D800-DFFF) wrongly sort before U+E000..U+FFFF.

/** A comparator for `sort`: negative, zero or positive. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const difference = weight(left.charCodeAt(i)) - weight(right.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function weight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
