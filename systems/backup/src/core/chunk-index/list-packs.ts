// Bytes of every pack, by id. A listing is a chain of pages, which is slow over a network: behind the first page there are
// sixteen, one for each first digit.

import type { BlobInfo, Blobs } from '@cairn/engines';
import { idOf, prefixes } from '../../format/object-names.ts';
import { listAll, listPage } from '../store/list-all.ts';

export async function listPacks(blobs: Blobs): Promise<ReadonlyMap<string, number>> {
  const prefix = prefixes.packs;
  const page = await listPage(blobs, prefix);
  if (!page.more) return sizesOf(page.blobs);
  const digits = [...'0123456789abcdef'];
  const parts = await Promise.all(digits.map((digit) => listAll(blobs, `${prefix}${digit}`)));
  return sizesOf(parts.flat());
}

function sizesOf(listed: readonly BlobInfo[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, sizeBytes } of listed) {
    const id = idOf('packs', name);
    if (id !== undefined) sizes.set(id, sizeBytes);
  }
  return sizes;
}
