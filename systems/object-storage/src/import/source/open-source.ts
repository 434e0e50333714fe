// The other server, through Amazon's SDK, which is loaded when the first import needs it.

import { openS3Client } from '@cairn/engines';

type Sdk = typeof import('@aws-sdk/client-s3');

export type Source = {
  readonly sdk: Sdk;
  readonly client: InstanceType<Sdk['S3Client']>;
  /** Its origin, or `s3:` for Amazon. */
  readonly server: string;
};

export type SourceCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region?: string | undefined;
};

export type SourcePlace = {
  readonly server: string;
  /** Undefined for all buckets. */
  readonly bucket: string | undefined;
  readonly prefix: string;
};

/** Of `http(s)://HOST[:PORT][/BUCKET[/PREFIX]]` or `s3://[BUCKET[/PREFIX]]`; undefined for anything else. */
export function sourcePlace(from: string): SourcePlace | undefined {
  if (/^s3:\/*$/.test(from)) return { server: 's3:', bucket: undefined, prefix: '' };
  const url = URL.canParse(from) ? new URL(from) : undefined;
  if (url === undefined || !/^(https?|s3):$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const names = decoded(url.pathname.slice(1));
  if (names === undefined) return undefined;
  if (url.protocol === 's3:') return { server: 's3:', bucket: url.host, prefix: names };
  const slash = names.indexOf('/');
  const bucket = slash === -1 ? names : names.slice(0, slash);
  const prefix = slash === -1 ? '' : names.slice(slash + 1);
  return { server: url.origin, bucket: bucket === '' ? undefined : bucket, prefix };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export async function openSource(server: string, given: SourceCredentials | undefined): Promise<Source> {
  const sdk = await import('@aws-sdk/client-s3');
  // A URL of an engine names a bucket, a client has none.
  const url = server === 's3:' ? 's3://no-bucket' : `${server}/no-bucket`;
  const { accessKeyId = '', secretAccessKey = '', sessionToken, region } = given ?? {};
  const named = {
    ...(sessionToken !== undefined && { sessionToken }),
    ...(region !== undefined && { region }),
  };
  const credentials = given && { accessKeyId, secretAccessKey, ...named };
  const { client } = await openS3Client({ url, credentials });
  // Checksums are compared here, with what all the pieces of an object make together.
  client.config.responseChecksumValidation = async () => 'WHEN_REQUIRED';
  return { sdk, client, server };
}
