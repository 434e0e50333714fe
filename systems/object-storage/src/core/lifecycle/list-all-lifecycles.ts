// Every bucket that has lifecycle rules, page by page. Mostly there are none or few, so each page is a look on the calling
// thread, and no reading thread is started for it.

import type { Lifecycle } from '../../metadata/lifecycle/passes.ts';
import type { MetadataSql } from '../../metadata/store.ts';

const pageRows = 100;

export async function* listAllLifecycles(metadata: MetadataSql): AsyncIterable<Lifecycle> {
  for (let after = -1; ; ) {
    const page = await metadata.lookup('listLifecycles', { after, limit: pageRows });
    yield* page;
    if (page.length < pageRows) return;
    after = page.at(-1)!.bucketId;
  }
}
