// Which bucket and key a request means: path style (`/bucket/key`) or virtual-host style (`bucket.localhost/key`).
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

export type ObjectAddress = {
  /** Empty when the request is about the service. */
  readonly bucket: string;
  /** Empty when the request is about the bucket. */
  readonly key: string;
};

/** `domains` are what may stand behind a bucket in the Host header, in lower case. */
export function objectAddress(request: {
  host: string;
  path: string;
  domains: readonly string[];
}): ObjectAddress {
  const bucket = bucketOfHost(request.host, request.domains);
  if (bucket !== undefined) return { bucket, key: request.path.slice(1) };
  const slash = request.path.indexOf('/', 1);
  return slash === -1
    ? { bucket: request.path.slice(1), key: '' }
    : { bucket: request.path.slice(1, slash), key: request.path.slice(slash + 1) };
}

function bucketOfHost(host: string, domains: readonly string[]): string | undefined {
  const name = withoutPort(host).toLowerCase();
  for (const domain of domains) {
    const bucketLength = name.length - domain.length - 1;
    if (bucketLength > 0 && name[bucketLength] === '.' && name.endsWith(domain)) {
      return name.slice(0, bucketLength);
    }
  }
  return undefined;
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.endsWith(']') ? host : host.slice(0, colon);
}
