// What the head of a part of a form says: the name of the field and, of a file, its name on the client's machine.
//
//   Content-Disposition: form-data; name="file"; filename="a \"b\".jpg"; filename*=UTF-8''a%20%C3%BC.jpg
//
// Browsers write a quote as %22 (https://html.spec.whatwg.org/#multipart-form-data), other clients as \" (RFC 7578, RFC
// 9110 quoted-string), and Python's requests uses RFC 5987's form where the name is not ASCII.

export type PartName = {
  /** In lower case: S3 tells fields apart without regard to it. */
  readonly name: string;
  readonly fileName: string | undefined;
};

/** Of the lines of a part's head, without the one that ends it. Undefined when they do not say. */
export function partName(head: string): PartName | undefined {
  const disposition = head.split('\r\n').find((line) => /^content-disposition[ \t]*:/i.test(line));
  if (disposition === undefined || !/:[ \t]*form-data[ \t]*;/i.test(disposition)) return undefined;
  const parameters = parametersOf(disposition);
  const name = parameters.get('name') ?? extended(parameters.get('name*'));
  if (name === undefined || name === '') return undefined;
  const fileName = extended(parameters.get('filename*')) ?? parameters.get('filename');
  return { name: name.toLowerCase(), fileName: fileName && lastComponent(fileName) };
}

/** By lower-case name; the first counts. */
function parametersOf(disposition: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare] of disposition.matchAll(
    /;[ \t]*([\w*]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^";]*))/g,
  )) {
    const value = quoted === undefined ? (bare ?? '').trim() : unescaped(quoted);
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
  return parameters;
}

/** A backslash escapes only a quote: older browsers send whole paths, `C:\pictures\a.jpg`. */
function unescaped(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('%22', '"');
}

/** `UTF-8'en'a%20b`, RFC 5987. */
function extended(value: string | undefined): string | undefined {
  const [, encoded] = /^utf-8'[^']*'(.*)$/i.exec(value ?? '') ?? [];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Where a client sends a path, only what stands behind the last slash or backslash is the name, as Amazon takes it. */
function lastComponent(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
