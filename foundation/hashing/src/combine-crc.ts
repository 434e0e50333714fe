// Joins the CRCs of neighbouring parts into the CRC of the whole, without the bytes. S3 calls this a full object
// checksum of a multipart upload.
//
// A CRC is a remainder of polynomials over GF(2), modulo the generator. Appending n bytes multiplies what came before
// by x^(8n), so crc(AB) = crc(A) * x^(8 * length(B)) + crc(B); the ones that are fed in first and flipped last cancel
// out. x^(8n) is a product of x^(2^k), which are squared once and kept: one multiplication for each bit set in n.
//
// Polynomials are written reflected, as the CRCs are: the highest bit is the coefficient of x^0.
// Source: the method of zlib's crc32_combine (Mark Adler), for any width.

import assert from 'node:assert/strict';
import { checksumAlgorithms } from './checksum.ts';

const crcAlgorithms = ['crc32', 'crc32c', 'crc64nvme'] as const;
export type CrcAlgorithm = (typeof crcAlgorithms)[number];

/** Whether checksums of this kind can be joined. */
export function isCrc(algorithm: string): algorithm is CrcAlgorithm {
  return crcAlgorithms.some((known) => known === algorithm);
}

/**
 * The digest of A followed by B, from the digest of A (`first`), of B (`second`), and how many bytes B has.
 *
 * @example
 * const first = checksumOf('crc32c', Buffer.from('1234'));
 * const second = checksumOf('crc32c', Buffer.from('56789'));
 * combineCrc('crc32c', { first, second, secondBytes: 5 }).toString('hex'); // 'e3069283'
 */
export function combineCrc(
  algorithm: CrcAlgorithm,
  parts: { readonly first: Uint8Array; readonly second: Uint8Array; readonly secondBytes: number },
): Buffer {
  const { bytes } = checksumAlgorithms[algorithm];
  assert(parts.first.length === bytes && parts.second.length === bytes, `a ${algorithm} has ${bytes} bytes`);
  assert(Number.isSafeInteger(parts.secondBytes) && parts.secondBytes >= 0, 'a length counts whole bytes');
  const moved = fields[algorithm].shift(toPolynomial(parts.first), parts.secondBytes);
  return toDigest(moved ^ toPolynomial(parts.second), bytes);
}

/** Arithmetic of polynomials over GF(2), modulo one generator. */
class PolynomialField {
  readonly #generator: bigint;
  readonly #one: bigint;
  /** Entry k is x^(2^k). */
  readonly #squares: bigint[];

  constructor(width: bigint, generator: bigint) {
    this.#generator = generator;
    this.#one = 1n << (width - 1n);
    this.#squares = [1n << (width - 2n)];
  }

  /** `polynomial` times x^(8 * bytes). */
  shift(polynomial: bigint, bytes: number): bigint {
    let product = polynomial;
    let exponent = 3; // 8 = 2^3
    for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) product = this.#multiply(this.#square(exponent), product);
      exponent++;
    }
    return product;
  }

  #square(exponent: number): bigint {
    while (this.#squares.length <= exponent) {
      const last = this.#squares.at(-1)!;
      this.#squares.push(this.#multiply(last, last));
    }
    return this.#squares[exponent]!;
  }

  #multiply(left: bigint, right: bigint): bigint {
    let product = 0n;
    let term = right;
    for (let bit = this.#one; bit > 0n; bit >>= 1n) {
      if (left & bit) product ^= term;
      term = term & 1n ? (term >> 1n) ^ this.#generator : term >> 1n;
    }
    return product;
  }
}

const fields: Record<CrcAlgorithm, PolynomialField> = {
  crc32: new PolynomialField(32n, 0xedb88320n),
  crc32c: new PolynomialField(32n, 0x82f63b78n),
  crc64nvme: new PolynomialField(64n, 0x9a6c9329ac4bc9b5n),
};

function toPolynomial(digest: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(digest).toString('hex')}`);
}

function toDigest(polynomial: bigint, bytes: number): Buffer {
  return Buffer.from(polynomial.toString(16).padStart(bytes * 2, '0'), 'hex');
}
