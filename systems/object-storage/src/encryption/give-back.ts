// Gives memory back at once that a cipher made and nobody looks at any more. OpenSSL's bindings make a buffer for every call;
// left to the garbage collector, a megabyte of them per request makes it run over and over, on all cores.

/** Only bytes that have their memory alone: they are gone then, and who still has them finds them empty. */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= givenBackBytesMin) buffer.transfer(0);
}

/** What is smaller may be a piece of memory that others have pieces of, and costs little. */
const givenBackBytesMin = 16 * 1024;
