// The code as a reader would write it down, byte by byte and without logarithms: what the tests hold field, kernel and
// codec against. It shares nothing with them.

/** The product of two polynomials over GF(2), by shifts, modulo x^8 + x^4 + x^3 + x^2 + 1. */
function productOf(left: number, right: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1;
    if (product & 0x100) product ^= 0x11d;
    if (right & (1 << bit)) product ^= left;
  }
  return product;
}

const elements = Array.from({ length: 256 }, (_, element) => element);
export const products = elements.map((left) => Uint8Array.from(elements, (right) => productOf(left, right)));

/** The sum of row[j] * inputs[j], for every byte. */
export function modelProduct(row: Uint8Array, inputs: readonly Uint8Array[]): Uint8Array {
  const sum = new Uint8Array(inputs[0]!.length);
  for (const [index, input] of inputs.entries()) {
    const table = products[row[index]!]!;
    for (let at = 0; at < sum.length; at++) sum[at]! ^= table[input[at]!]!;
  }
  return sum;
}

/** The parity shards of these data shards: row i, column j of the matrix is what times (dataShards + i) ^ j is 1. */
export function modelParity(data: readonly Uint8Array[], parityShards: number): readonly Uint8Array[] {
  return Array.from({ length: parityShards }, (_, parity) => {
    const row = data.map((_, column) => products[(data.length + parity) ^ column]!.indexOf(1));
    return modelProduct(Uint8Array.from(row), data);
  });
}
