// What clients of the simulated object store and the store say to each other. Requests are idempotent in form only: a put that
// arrives twice is stored twice, and a put-if-absent that arrives again says `exists` to its own first.

import type { BlobInfo, BlobPage, BlobsErrorCode, ByteRange } from '@cairn/engines';

export type StoreRequest =
  | { readonly do: 'put'; readonly name: string; readonly bytes: Uint8Array; readonly ifAbsent: boolean }
  | { readonly do: 'get'; readonly name: string; readonly range: ByteRange | undefined }
  | { readonly do: 'head'; readonly name: string }
  | { readonly do: 'delete'; readonly names: readonly string[] }
  | { readonly do: 'list'; readonly prefix: string; readonly after: string; readonly limit: number };

export type StoreAnswer =
  | { readonly did: 'put'; readonly outcome: 'stored' | 'exists' }
  | { readonly did: 'get'; readonly content: { info: BlobInfo; bytes: Uint8Array } | undefined }
  | { readonly did: 'head'; readonly info: BlobInfo | undefined }
  | { readonly did: 'delete' }
  | { readonly did: 'list'; readonly page: BlobPage }
  | { readonly did: 'refuse'; readonly code: BlobsErrorCode };

/** `id` is unique to an attempt's call; repeats of one request carry the same. */
export type RequestMessage = { readonly id: string; readonly request: StoreRequest };
export type AnswerMessage = { readonly id: string; readonly answer: StoreAnswer };
