import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { expectRoom } from '../../../functions/inference/room.ts';

const free = (): number => statfsSync(tmpdir()).bavail * statfsSync(tmpdir()).bsize;

test('what fits, fits', () => expect(expectRoom(tmpdir(), 1)).resolves.toBeUndefined());

test('what does not is refused in MB, with what to do', async () => {
  await expect(expectRoom(tmpdir(), free() + 100 * 2 ** 30)).rejects.toMatchObject({
    code: 'function.no_space',
    kind: 'unavailable',
    message: expect.stringMatching(/^the model's files take \d+ MB, and .+ has \d+ MB free$/),
    fix: expect.stringContaining('bake: true'),
    fields: { needed: expect.any(Number), available: expect.any(Number) },
  });
});
