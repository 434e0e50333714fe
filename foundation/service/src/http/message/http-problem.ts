// What is wrong with a request as HTTP, before anyone asks what it means.

/** What each problem is, and the status that RFC 9110 and 9112 give it. */
const httpProblems = {
  malformed: { status: 400, text: 'The request is not well-formed HTTP/1.1' },
  'head-too-large': { status: 431, text: 'The request line and header fields are too large' },
  'coding-unsupported': { status: 501, text: 'Only the transfer coding chunked is understood' },
  timeout: { status: 408, text: 'The client sent nothing for too long' },
  incomplete: { status: 400, text: 'The connection ended before the request did' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly text: string }>>;

export type HttpProblemKind = keyof typeof httpProblems;

export class HttpProblem extends Error {
  readonly kind: HttpProblemKind;

  constructor(kind: HttpProblemKind, detail?: string) {
    const { text } = httpProblems[kind];
    super(detail === undefined ? text : `${text}: ${detail}`);
    this.name = 'HttpProblem';
    this.kind = kind;
  }

  get status(): number {
    return httpProblems[this.kind].status;
  }
}
