// A line of Amazon's server access log. https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
//
//   owner bucket [06/Feb/2019:00:00:38 +0000] ip requester request-id operation key "request" status error-code bytes-sent
//   object-size total-ms turn-around-ms "referrer" "user-agent" version host-id signature cipher auth-type host tls
//   access-point acl-required source-region
//
// `-` is what is unknown, not there, or none. Clients choose keys, targets and headers: in them whatever could end a field or
// a line, or is no ASCII, is escaped as in URLs, so that nobody can write a record of his own. What a presigned target is
// signed with is left out: who reads a log shall not be able to repeat its requests.

export type AccessRecord = {
  readonly owner: string;
  readonly bucket: string;
  readonly timeMs: number;
  readonly remoteAddress: string | undefined;
  /** An ARN, or the account of root. */
  readonly requester: string | undefined;
  readonly requestId: string;
  /** `REST.GET.OBJECT`. */
  readonly operation: string;
  readonly key: string;
  /** As it came: Latin-1. */
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly sentBytes: number;
  readonly objectBytes: number | undefined;
  readonly totalMs: number;
  readonly referrer: string | undefined;
  readonly userAgent: string | undefined;
  readonly versionId: string | undefined;
  readonly hostId: string;
  readonly signature: 'SigV4' | 'SigV2' | undefined;
  readonly authType: 'AuthHeader' | 'QueryString' | undefined;
  readonly host: string | undefined;
  /** `1.3`. */
  readonly tlsVersion: string | undefined;
  /** Only a list let the request in. */
  readonly aclRequired: boolean;
};

/** With its line feed. */
export function logLine(record: AccessRecord): string {
  const fields = [
    word(record.owner),
    record.bucket,
    `[${logTime(record.timeMs)}]`,
    record.remoteAddress,
    word(record.requester),
    record.requestId,
    record.operation,
    record.key === '' ? undefined : encodeURIComponent(record.key.toWellFormed()).replaceAll('%2F', '/'),
    quoted(`${record.method} ${withoutSecrets(record.target)} HTTP/1.1`),
    record.status,
    record.errorCode,
    record.sentBytes === 0 ? undefined : record.sentBytes,
    record.objectBytes,
    Math.round(record.totalMs),
    undefined,
    quoted(record.referrer ?? '-'),
    quoted(record.userAgent ?? '-'),
    word(record.versionId),
    record.hostId,
    record.signature,
    undefined,
    record.authType,
    word(record.host),
    record.tlsVersion && `TLSv${record.tlsVersion}`,
    undefined,
    record.aclRequired ? 'Yes' : undefined,
    undefined,
  ];
  return `${fields.map((field) => (field === undefined || field === '' ? '-' : field)).join(' ')}\n`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function logTime(timeMs: number): string {
  const [date, time] = new Date(timeMs).toISOString().split(/[T.]/);
  const [year, month, day] = date!.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${time} +0000`;
}

/** Nothing in it ends it before its quote. */
function quoted(text: string): string {
  return `"${escaped(text, /[^ !#-[\]-~]/gu)}"`;
}

/** Nothing in it ends it before a space. */
function word(text: string | undefined): string | undefined {
  return text && escaped(text, /[^!#-[\]-~]/gu);
}

function escaped(text: string, unsafe: RegExp): string {
  return text
    .toWellFormed()
    .replaceAll(unsafe, (character) =>
      Array.from(
        Buffer.from(character),
        (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      ).join(''),
    );
}

function withoutSecrets(target: string): string {
  return target.replaceAll(/([?&](?:X-Amz-Signature|X-Amz-Security-Token|Signature)=)[^&]*/gi, '$1-');
}
