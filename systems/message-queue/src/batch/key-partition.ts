// Which partition a key belongs to, as the Java client and most others choose it: MurmurHash2 (32 bits, seed 0x9747b28c),
// made positive by cutting off the sign. Records of one key then are in order, whoever sends them.

const multiplier = 0x5bd1e995;
const seed = 0x9747b28c;

export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount;
}

/** https://en.wikipedia.org/wiki/MurmurHash#MurmurHash2, little-endian. */
export function murmur2(bytes: Uint8Array): number {
  let hash = seed ^ bytes.length;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash, multiplier) ^ mixed(word);
  }
  const rest = bytes.length - whole;
  if (rest === 3) hash ^= bytes[whole + 2]! << 16;
  if (rest >= 2) hash ^= bytes[whole + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[whole]!, multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

function mixed(word: number): number {
  const once = Math.imul(word, multiplier);
  return Math.imul(once ^ (once >>> 24), multiplier);
}
