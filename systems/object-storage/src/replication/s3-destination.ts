// Buckets of other S3 servers as destinations, loaded when a version waits for one: what knows their requests, and their
// client, is not kept in the memory of a process that replicates nothing there.

import type { openS3Client } from '@cairn/engines';
import type { ReplicationDestination } from './replication-destination.ts';

export type S3DestinationOptions = {
  /** `s3://BUCKET[/PREFIX]` or `http(s)://HOST[:PORT]/BUCKET[/PREFIX]`. */
  readonly url: string;
  readonly credentials: Parameters<typeof openS3Client>[0]['credentials'];
};

type LoadDestination = (options: S3DestinationOptions) => Promise<ReplicationDestination>;

const loadDestination: LoadDestination = async (options) => {
  const { S3BucketDestination } = await import('./s3-bucket-destination.ts');
  return new S3BucketDestination(options);
};

export function s3Destination(
  options: S3DestinationOptions,
  loading = loadDestination,
): ReplicationDestination {
  let loaded: Promise<ReplicationDestination> | undefined;
  const load = () => {
    loaded ??= loading(options).catch((error) => {
      // Where there were no descriptors left there may be by the next version.
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  return {
    /** It may not be reachable now. What is wrong with it is seen when versions wait. */
    async objection() {
      return undefined;
    },
    replicate: async (version, signals) => (await load()).replicate(version, signals),
    read: async (replica, asked) => (await load()).read(replica, asked),
    abandon: async (begun) => (await load()).abandon(begun),
    close() {
      void loaded?.then(
        (destination) => destination.close(),
        () => {}, // told to whoever asked for it
      );
    },
  };
}
