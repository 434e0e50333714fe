// `cairn object-storage usage`: how much each bucket holds, counted now, and how much each user's buckets do together.

import type { BucketUsage } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

export function addUsageCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('usage')
      .description('Counts what buckets hold: all, one, or those that a user owns.')
      .option('--bucket <name>', 'one bucket')
      .option('--user <name>', 'buckets of this owner'),
  ).action(({ bucket, user, ...options }: ClientOptions & { bucket?: string; user?: string }) =>
    runListing<BucketUsage>(context, options, {
      system: 'object-storage',
      method: 'GET',
      path: ['usage'],
      query: { bucket, user },
      text: usageText,
    }),
  );
}

type Total = { readonly name: string; readonly objects: number; readonly bytes: number };

function usageText(buckets: readonly BucketUsage[]): string {
  const perBucket = table(buckets, [
    { title: 'BUCKET', value: ({ bucket }) => bucket },
    { title: 'AS OF', value: ({ asOfMs }) => timeText(asOfMs) },
    { title: 'OWNER', value: ({ owner }) => owner },
    { title: 'OBJECTS', value: ({ objects }) => objects },
    { title: 'BYTES', value: ({ bytes }) => bytes },
    { title: 'VERSIONS', value: ({ noncurrentVersions }) => noncurrentVersions },
    { title: 'BYTES', value: ({ noncurrentBytes }) => noncurrentBytes },
    { title: 'MARKERS', value: ({ deleteMarkers }) => deleteMarkers },
    { title: 'UPLOADS', value: ({ uploads }) => uploads },
    { title: 'BYTES', value: ({ uploadBytes }) => uploadBytes },
  ]);
  const perUser = table(totalsByOwner(buckets), [
    { title: 'USER', value: ({ name }) => name },
    { title: 'OBJECTS', value: ({ objects }) => objects },
    { title: 'BYTES', value: ({ bytes }) => bytes },
  ]);
  return buckets.length === 0 ? 'no buckets\n' : `${perBucket}\n${perUser}`;
}

/** What a quota would count. */
function totalsByOwner(buckets: readonly BucketUsage[]): readonly Total[] {
  return [...Map.groupBy(buckets, ({ owner }) => owner)].map(([name, owned]) => ({
    name,
    objects: owned.reduce((sum, usage) => sum + usage.objects + usage.noncurrentVersions, 0),
    bytes: owned.reduce((sum, usage) => sum + usage.bytes + usage.noncurrentBytes + usage.uploadBytes, 0),
  }));
}
