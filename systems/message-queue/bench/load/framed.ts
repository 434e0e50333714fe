// Frames with their length in front, four bytes: the framing of Kafka, and of raw frames.

/** Calls `take` with each frame that is complete. */
export function eachFrame(take: (frame: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    let all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (all.length >= 4) {
      const end = 4 + all.readInt32BE(0);
      if (all.length < end) break;
      take(all.subarray(4, end));
      all = all.subarray(end);
    }
    rest = all;
  };
}

export function framed(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(4 + bytes.length);
  frame.writeInt32BE(bytes.length, 0);
  frame.set(bytes, 4);
  return frame;
}
