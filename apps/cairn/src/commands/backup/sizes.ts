// Sizes as people write them in options.

import { CommandFailed } from '../../exit-codes.ts';

const factors = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const;

/** A parser for an option: `512`, `64K`, `1.5M`, `2G`, `1T`; powers of 1024. `least` as people write it, too. */
export function byteSize(option: string, least = '0'): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d{1,15}(?:\.\d{1,3})?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
    const bytes = Math.floor(Number(number) * factors[(unit ?? '').toLowerCase() as keyof typeof factors]);
    if (number !== undefined && (least === '0' || bytes >= byteSize(option)(least))) return bytes;
    const bound = least === '0' ? '' : `, at least ${least}`;
    throw new CommandFailed(
      'usage',
      `could not use ${option} '${text}': wanted is a size such as 512K, 64M, 2G${bound}`,
    );
  };
}
