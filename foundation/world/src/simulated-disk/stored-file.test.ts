import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../simulated/seeded-random.ts';
import { StoredFile } from './stored-file.ts';

const bytesMax = 6000;

/** The same file as one buffer that is copied at every step. */
class Model {
  contents = Buffer.alloc(0);

  write(bytes: Buffer, position: number): void {
    this.truncate(Math.max(this.contents.length, position + bytes.length));
    bytes.copy(this.contents, position);
  }

  truncate(sizeBytes: number): void {
    const resized = Buffer.alloc(sizeBytes);
    this.contents.copy(resized);
    this.contents = resized;
  }
}

function changeBoth(file: StoredFile, model: Model, random: SeededRandom): void {
  if (random.chance(1 / 5)) {
    const sizeBytes = random.integer(bytesMax);
    file.truncate(sizeBytes);
    model.truncate(sizeBytes);
    return;
  }
  const bytes = random.bytes(1 + random.integer(2000));
  const position = random.integer(bytesMax);
  file.write(bytes, position, random);
  model.write(bytes, position);
}

test('random changes read back as a plain buffer has them, and survive a power loss once synced', () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const random = new SeededRandom(seed);
    const file = new StoredFile(0);
    const model = new Model();
    for (let step = 0; step < 40; step += 1) {
      changeBoth(file, model, random);
      assert.deepEqual(file.contents(), model.contents, `seed ${seed}, step ${step}`);
      if (!random.chance(1 / 4)) continue;
      file.completeSync(file.beginSync());
      assert.deepEqual(file.durableContents(), model.contents, `seed ${seed}, step ${step}, synced`);
      if (random.chance(1 / 2)) file.losePower(random);
    }
  }
});

test('a power loss leaves each byte as it was synced or as one of the writes since had it', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = new SeededRandom(seed);
    const file = new StoredFile(0);
    for (const value of [1, 2, 3, 4]) {
      file.write(Buffer.alloc(3000, value), 0, random);
      if (value === 2) file.completeSync(file.beginSync());
    }
    file.losePower(random);
    assert.equal(file.sizeBytes, 3000);
    assert(file.contents().every((byte) => byte >= 2));
  }
});

test('an older version of a sector may be what a power loss leaves', () => {
  const left = new Set<number>();
  for (let seed = 0; seed < 500; seed += 1) {
    const random = new SeededRandom(seed);
    const file = new StoredFile(0);
    for (const value of [1, 2, 3]) {
      file.write(Buffer.alloc(512, value), 0, random);
      if (value === 1) file.completeSync(file.beginSync());
    }
    file.losePower(random);
    left.add(file.contents()[0]!);
  }
  assert.deepEqual([...left].sort(), [1, 2, 3]);
});
