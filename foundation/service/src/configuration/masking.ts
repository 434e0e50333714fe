// What of a configuration may be shown: never a value marked secret, never a password inside a URL.

import { childOf, type KeyNode } from './key-tree.ts';

const maskedSecret = '(secret)';

/** The value, or all that lies in it, as it may be printed. */
export function masked(value: unknown, node: KeyNode | undefined): unknown {
  if (value === undefined) return undefined;
  if (node?.kind === 'leaf' && node.secret) return maskedSecret;
  if (typeof value === 'string') return withoutPassword(value);
  if (Array.isArray(value)) return value.map((entry) => masked(entry, undefined));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, entry]) => [name, masked(entry, node && childOf(node, name))]),
  );
}

/**
 * Up to the last @, since a password may hold an @ or a slash; and parameters, as drivers take them. Rather too much
 * than too little: a URL without a password but with a port and an @ in its path is cut, too.
 */
function withoutPassword(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/:@]*):.*@/i, '$1:(secret)@')
    .replaceAll(/([?&][^=&]*(?:password|secret|token)[^=&]*=)[^&]*/gi, '$1(secret)');
}
