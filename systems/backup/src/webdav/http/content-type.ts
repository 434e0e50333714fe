// The media type of a file by the end of its name. What a browser would run (HTML, SVG, scripts, XML) is not among them: it comes as
// plain text or as bytes, since a page of a backup that runs could read the other files.

const types: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  avif: 'image/avif',
  bmp: 'image/bmp',
  c: 'text/plain',
  css: 'text/plain',
  csv: 'text/csv',
  flac: 'audio/flac',
  gif: 'image/gif',
  gz: 'application/gzip',
  h: 'text/plain',
  htm: 'text/plain',
  html: 'text/plain',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/plain',
  json: 'application/json',
  log: 'text/plain',
  m4a: 'audio/mp4',
  md: 'text/plain',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  py: 'text/plain',
  sh: 'text/plain',
  tar: 'application/x-tar',
  ts: 'text/plain',
  txt: 'text/plain',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  xml: 'text/plain',
  zip: 'application/zip',
};

const unknown = 'application/octet-stream';
const endingBytesMax = 8;

/** Without a charset: a backup does not know it. */
export function contentType(name: Uint8Array): string {
  const dot = name.lastIndexOf(0x2e);
  if (dot <= 0 || name.length - dot - 1 > endingBytesMax) return unknown;
  const ending = Buffer.from(name.subarray(dot + 1))
    .toString('latin1')
    .toLowerCase();
  return Object.hasOwn(types, ending) ? types[ending]! : unknown;
}
