// All names below a prefix, page by page. By G1 of DESIGN.md it names what was there from its beginning to its end.

import type { BlobInfo, Blobs } from '@cairn/engines';
import { idOf, type Prefix, prefixes } from '../../format/object-names.ts';
import { onStore } from './store-error.ts';

export async function listAll(blobs: Blobs, prefix: string): Promise<readonly BlobInfo[]> {
  return onStore(`list ${prefix === '' ? 'the store' : prefix}`, async () => {
    const found: BlobInfo[] = [];
    for (let more = true; more; ) {
      const after = found.at(-1)?.name;
      const page = await blobs.list({ prefix, ...(after !== undefined && { after }) });
      for (const info of page.blobs) found.push(info);
      more = page.more && page.blobs.length > 0;
    }
    return found;
  });
}

export type ListedObject = BlobInfo & { readonly id: string };

/** Those below the prefix whose names are ours, in the order of their ids. */
export async function listObjects(blobs: Blobs, prefix: Prefix): Promise<readonly ListedObject[]> {
  const found = await listAll(blobs, prefixes[prefix]);
  return found.flatMap((info) => {
    const id = idOf(prefix, info.name);
    return id === undefined ? [] : [{ ...info, id }];
  });
}
