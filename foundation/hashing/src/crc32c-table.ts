// CRC-32C byte by byte:
//
//   register = table[(register ^ byte) & 0xff] ^ (register >>> 8)

/** Castagnoli's polynomial, its bits reversed. */
const polynomial = 0x82f63b78;

export const crc32cTable: Int32Array = Int32Array.from({ length: 256 }, (_, index) => {
  let register = index;
  for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? polynomial : 0);
  return register;
});
