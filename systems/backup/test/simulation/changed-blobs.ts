// Blobs that answer otherwise than those below them: what sabotage is made of.

import type {
  BlobContent,
  BlobInfo,
  BlobPage,
  Blobs,
  GetOptions,
  ListOptions,
  PutOptions,
} from '@cairn/engines';
import { prefixes } from '../../src/format/object-names.ts';

export const nothing: BlobPage = { blobs: [], more: false };

export function isOf({ prefix }: ListOptions, ...kinds: (keyof typeof prefixes)[]): boolean {
  return kinds.some((kind) => prefix.startsWith(prefixes[kind]));
}

/** What lies below these prefixes, as it was when it was first listed or read. */
export function readOnce(blobs: Blobs, ...kinds: (keyof typeof prefixes)[]): Blobs {
  const pages = new Map<string, BlobPage>();
  const contents = new Map<string, { info: BlobInfo; bytes: Uint8Array } | undefined>();
  return changed(blobs, {
    list: async (options: ListOptions) => {
      if (!isOf(options, ...kinds)) return blobs.list(options);
      const key = options.prefix + (options.after ?? '');
      const page = pages.get(key) ?? (await blobs.list(options));
      pages.set(key, page);
      return page;
    },
    get: async (name: string, options?: GetOptions) => {
      if (!isOf({ prefix: name }, ...kinds)) return blobs.get(name, options);
      if (!contents.has(name)) contents.set(name, await whole(await blobs.get(name, options)));
      const known = contents.get(name);
      return known && contentOf(known);
    },
  });
}

export async function whole(
  content: BlobContent | undefined,
): Promise<{ info: BlobInfo; bytes: Uint8Array } | undefined> {
  return content && { info: content.info, bytes: Buffer.concat(await Array.fromAsync(content.body)) };
}

export function contentOf({ info, bytes }: { info: BlobInfo; bytes: Uint8Array }): BlobContent {
  return {
    info,
    body: (async function* () {
      yield bytes;
    })(),
  };
}

/** The same blobs with some calls replaced. */
export function changed(blobs: Blobs, replaced: Partial<Blobs>): Blobs {
  return {
    put: (name, body, options?: PutOptions) => blobs.put(name, body, options),
    get: (name, options) => blobs.get(name, options),
    head: (name) => blobs.head(name),
    delete: (names) => blobs.delete(names),
    list: (options) => blobs.list(options),
    close: () => blobs.close(),
    ...replaced,
  };
}
