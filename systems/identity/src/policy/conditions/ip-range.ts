// IpAddress: an address against a range in CIDR notation (RFC 4632, RFC 4291), of either version.
//
// An IPv4 address that a dual-stack socket reports as `::ffff:192.0.2.1` is that IPv4 address. A range without a prefix
// is one address. Octets with leading zeros are refused: half the world reads them as octal.

import type { CompileValue } from './value-test.ts';

/** The 16-bit groups of an address: two of IPv4, eight of IPv6. */
type Groups = readonly number[];

export const isInRange: CompileValue = (expected) => {
  const [address, prefix, ...more] = expected.split('/');
  const range = parseAddress(address!);
  if (range === undefined || more.length > 0) return undefined;
  const bits = range.length * 16;
  const prefixBits = prefix === undefined ? bits : parsePrefix(prefix);
  if (prefixBits === undefined || prefixBits > bits) return undefined;
  return (actual) => {
    const groups = parseAddress(actual);
    return (
      groups !== undefined && groups.length === range.length && sharePrefix({ groups, range, prefixBits })
    );
  };
};

function sharePrefix({
  groups,
  range,
  prefixBits,
}: {
  groups: Groups;
  range: Groups;
  prefixBits: number;
}): boolean {
  for (let group = 0; group * 16 < prefixBits; group++) {
    const bits = Math.min(16, prefixBits - group * 16);
    const mask = (0xffff << (16 - bits)) & 0xffff;
    if (((groups[group]! ^ range[group]!) & mask) !== 0) return false;
  }
  return true;
}

function parsePrefix(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

/** Undefined when the text is no address. */
function parseAddress(text: string): Groups | undefined {
  const groups = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  const isMapped =
    groups?.length === 8 && groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? groups.slice(6) : groups;
}

function parseIpv4(text: string): Groups | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet))) return undefined;
  const [a, b, c, d] = octets.map(Number) as [number, number, number, number];
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function parseIpv6(text: string): Groups | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Groups between colons; the last two may be written as an IPv4 address when `mayEndInIpv4`. */
function parseGroups(text: string, mayEndInIpv4: boolean): Groups | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const ending = parts.at(-1)!.includes('.') && mayEndInIpv4 ? parseIpv4(parts.pop()!) : [];
  if (ending === undefined || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  return [...parts.map((part) => Number.parseInt(part, 16)), ...ending];
}
