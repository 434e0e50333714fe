// CORS rules of a bucket, and which one is for a request: the first whose origin, method and headers all fit.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
//
// A pattern has at most one `*`, so comparing costs no more than its length.

export const corsMethods = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'] as const;
export type CorsMethod = (typeof corsMethods)[number];

export type CorsRule = {
  readonly id?: string | undefined;
  readonly origins: readonly string[];
  readonly methods: readonly CorsMethod[];
  /** That a request may send; case does not count. */
  readonly headers: readonly string[];
  /** That a script may read of an answer. */
  readonly exposed: readonly string[];
  readonly maxAgeSeconds?: number | undefined;
};

export type CorsQuestion = {
  readonly origin: string;
  readonly method: string;
  /** Names of headers, of a preflight. */
  readonly headers: readonly string[];
};

export function corsRuleFor(rules: readonly CorsRule[], question: CorsQuestion): CorsRule | undefined {
  const { origin, method } = question;
  const headers = question.headers.map((name) => name.toLowerCase());
  return rules.find(
    (rule) =>
      rule.methods.some((allowed) => allowed === method) &&
      rule.origins.some((pattern) => fits(pattern, origin)) &&
      allowsAll(rule, headers),
  );
}

/** `headers` are in lower case. */
function allowsAll(rule: CorsRule, headers: readonly string[]): boolean {
  if (headers.length === 0) return true;
  const patterns = rule.headers.map((pattern) => pattern.toLowerCase());
  return headers.every((name) => patterns.some((pattern) => fits(pattern, name)));
}

function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}

/** What an answer says to a script of that origin, by the rule that is for the request. */
export function corsHeadersOf(
  rule: CorsRule,
  { origin, headers }: CorsQuestion,
): Readonly<Record<string, string>> {
  // A rule for every origin says so; else the answer is for this origin, and may come with credentials.
  const everyone = rule.origins.includes('*');
  return {
    'access-control-allow-origin': everyone ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.exposed.length > 0 && { 'access-control-expose-headers': rule.exposed.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    ...(!everyone && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
