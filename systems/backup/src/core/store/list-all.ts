// All names below a prefix, page by page. By G1 of DESIGN.md it names what was there from its beginning to its end: so a listing that
// goes back, or stops at a page that is not the last, is an error, before anybody concludes from it what is not there.

import { type BlobInfo, type BlobPage, type Blobs, BlobsError } from '@cairn/engines/blobs';
import { idOf, type Prefix, prefixes } from '../../format/object-names.ts';
import { onStore } from './store-error.ts';

export async function listAll(blobs: Blobs, prefix: string): Promise<readonly BlobInfo[]> {
  const found: BlobInfo[] = [];
  for (let more = true; more; ) {
    const after = found.at(-1)?.name;
    const page = await listPage(blobs, prefix, after);
    for (const info of page.blobs) found.push(info);
    more = page.more;
  }
  return found;
}

/** Names that come behind `after`. Throws `store`, also where the store's answer cannot be a page of a listing. */
export function listPage(blobs: Blobs, prefix: string, after = ''): Promise<BlobPage> {
  const attempted = `list ${prefix === '' ? 'the store' : prefix}`;
  return onStore(attempted, async () => {
    const page = await blobs.list({ prefix, ...(after !== '' && { after }) });
    const detail = problemOf(page, prefix, after);
    if (detail !== undefined) throw new BlobsError('failed', { attempted, detail });
    return page;
  });
}

function problemOf({ blobs, more }: BlobPage, prefix: string, after: string): string | undefined {
  let last = after;
  for (const { name } of blobs) {
    if (!name.startsWith(prefix)) return `its listing has ${JSON.stringify(name)}, which is not below it`;
    if (!isBehind(name, last)) return `its listing goes back from ${last} to ${name}`;
    last = name;
  }
  return more && blobs.length === 0 ? 'its listing stops before its end' : undefined;
}

/** In the order of their UTF-8 bytes, which UTF-16 has for nearly all. */
function isBehind(name: string, last: string): boolean {
  return name > last || Buffer.compare(Buffer.from(name), Buffer.from(last)) > 0;
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
