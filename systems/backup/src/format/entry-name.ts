// Which names an entry of a directory can have, and how they are ordered. What passes is one component below its directory,
// whatever joins it to a path: this keeps a restore within its target.

const slash = 0x2f;
const dot = 0x2e;

/** Not empty, not `.` or `..`, without `/` and NUL. It need not be UTF-8. */
export function isEntryName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return false;
  if (bytes[start] === dot) {
    if (end - start === 1 || (end - start === 2 && bytes[start + 1] === dot)) return false;
  }
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i];
    if (byte === slash || byte === 0) return false;
  }
  return true;
}

/** By bytes; a beginning of a name sorts before it. Negative, zero or positive. */
export function compareRanges(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  rightStart: number,
  rightEnd: number,
): number {
  const length = Math.min(leftEnd - leftStart, rightEnd - rightStart);
  for (let i = 0; i < length; i += 1) {
    const difference = (left[leftStart + i] as number) - (right[rightStart + i] as number);
    if (difference !== 0) return difference;
  }
  return leftEnd - leftStart - (rightEnd - rightStart);
}
