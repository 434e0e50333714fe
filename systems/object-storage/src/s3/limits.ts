// Limits of the S3 protocol edge, with units. Those of buckets, objects and uploads are the core's: ../limits.ts.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;

/** How far a request's time may lie from ours, either way. */
export const clockSkewMsMax = 15 * 60 * 1000;
/** A presigned request is valid for at most a week. */
export const presignedSecondsMax = 604_800;
/** Signing keys kept; one per access key and day. */
export const signingKeysMax = 4_096;
/** Forms of Authorization headers remembered; one per access key, day and set of signed headers. */
export const authorizationsMax = 4_096;
/** Longer ones are parsed each time: they come unverified, and what is made of one is ten times as long as it. */
export const rememberedAuthorizationBytesMax = 512;

/** Size and signature of a chunk: `10000000000;chunk-signature=` and 64 digits are under 100 bytes. */
export const chunkHeaderBytesMax = 256;
/** Amazon's: of a chunked body only the last chunk may be smaller. */
export const chunkBytesMin = 8 * KiB;
export const trailerLineBytesMax = 1 * KiB;
export const trailersMax = 8;

/** A CompleteMultipartUpload of 10,000 parts with two checksums each fits. */
export const xmlBytesMax = 4 * MiB;
export const xmlDepthMax = 8;
export const xmlElementsMax = 100_000;
/** A configuration document of a bucket. */
export const smallXmlBytesMax = 64 * KiB;

/** A call of IAM or STS: the longest policy document, percent-encoded, fits. */
export const queryBytesMax = 512 * KiB;
/** Of a call without a signature, which whoever connects can send: a token of 20,000 characters and a policy fit. */
export const unsignedQueryBytesMax = 64 * KiB;
export const queryParametersMax = 500;

/** Amazon's: notification configurations of a bucket, and what one may hold. */
export const notificationRulesMax = 100;
export const notificationIdLengthMax = 255;
export const notificationFilterBytesMax = 1_024;

/** Amazon's: grants of an access control list, rules of a CORS configuration. */
export const grantsMax = 100;
export const corsRulesMax = 100;
/** Headers that a preflight asks for. Each is compared with all that a rule allows; no script sends as many. */
export const corsHeadersMax = 100;
/** Amazon's: tags of an object and of a bucket, and how long they are, in UTF-16 units. */
export const objectTagsMax = 10;
export const bucketTagsMax = 50;
export const tagKeyLengthMax = 128;
export const tagValueLengthMax = 256;
/** Amazon's: the longest default retention of a bucket. */
export const retentionDaysMax = 36_500;
export const retentionYearsMax = 100;
export const lifecycleRulesMax = 1_000;
/** A thousand rules of a kilobyte. */
export const lifecycleXmlBytesMax = 1 * MiB;
export const replicationRulesMax = 1_000;
/** Amazon's: a replication configuration. */
export const replicationXmlBytesMax = 2 * MiB;
/** Amazon's: noncurrent versions that a lifecycle rule keeps. */
export const newerVersionsMax = 100;
/** Amazon's: the fields of a form before its file, their heads and the boundaries between them. */
export const formFieldsBytesMax = 20 * KiB;

/** An access log is delivered when it has so many bytes, and this often. Settable: `object-storage.logging.deliverySeconds`. */
export const logBatchBytesMax = 1 * MiB;
export const logDeliverySecondsDefault = 5 * 60;
/** Of all records that wait for delivery; more are dropped. */
export const logWaitingBytesMax = 16 * MiB;

/** Request line and headers of one request. */
export const headerBytesMax = 16 * KiB;
/** Work of requests that is begun in one turn of the event loop; the blueprint's bound for all of a turn is 10 ms. */
export const turnBudgetMs = 3;
/** A client that sends nothing of a body for this long is answered RequestTimeout; one that takes nothing is cut. */
export const idleTimeoutMs = 60_000;

assert(chunkBytesMin > chunkHeaderBytesMax);
