// The credential of a claim: whose key, and for which day, region and service it signs.
//
//   credential = access-key-id "/" date "/" region "/" service "/aws4_request"

export type Credential = {
  readonly accessKeyId: string;
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** `date/region/service/aws4_request`. */
  readonly scope: string;
  /** All of it. */
  readonly text: string;
};

/** Undefined when it does not have five parts. An access key id may hold slashes itself: the last four are the scope. */
export function parseCredential(text: string): Credential | undefined {
  const parts = text.split('/');
  const [date, region, service, terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join('/');
  if (accessKeyId === '' || terminator === undefined) return undefined;
  return {
    accessKeyId,
    date: date!,
    region: region!,
    service: service!,
    terminator,
    scope: text.slice(accessKeyId.length + 1),
    text,
  };
}

export const malformedCredential =
  'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".';

/** What is wrong with a scope for this endpoint and this time, as Amazon says it; undefined when nothing is. */
export function scopeProblem(
  credential: Credential,
  wanted: { readonly region: string; readonly amzDate: string },
): string | undefined {
  const { date, region, service, terminator } = credential;
  if (!/^\d{8}$/.test(date)) {
    return `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`;
  }
  if (terminator !== 'aws4_request') {
    return `incorrect terminal "${terminator}". This endpoint uses "aws4_request".`;
  }
  if (service !== 's3') return `incorrect service "${service}". This endpoint belongs to "s3".`;
  if (region !== wanted.region) return `the region '${region}' is wrong; expecting '${wanted.region}'`;
  if (!wanted.amzDate.startsWith(date)) {
    return `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${wanted.amzDate.slice(0, 8)}".`;
  }
  return undefined;
}
