import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest, serializeManifest } from '#core/model/manifest.ts';
import { smallManifest, wholeManifest } from './manifests.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function refusal(bytes: Uint8Array): OnnwardError {
  try {
    parseManifest(bytes);
  } catch (error) {
    if (error instanceof OnnwardError) return error;
    throw error;
  }
  throw new Error('the manifest was taken');
}

/** A copy of the whole manifest with one value changed. */
function changed(path: readonly (string | number)[], value: unknown): Uint8Array {
  const manifest = wholeManifest();
  let place = manifest as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
  place[path.at(-1) as string] = value;
  return encode(manifest);
}

describe('round trip', () => {
  test.each([
    ['whole', wholeManifest()],
    ['small', smallManifest()],
  ])('a %s manifest comes back', (_, manifest) => {
    expect(parseManifest(serializeManifest(manifest))).toStrictEqual(manifest);
  });

  test('the text is for people: two spaces, known fields in the order of the schema, a newline at the end', () => {
    const text = decode(serializeManifest({ ...smallManifest(), aardvark: 1 }));
    expect(text.startsWith('{\n  "format": 1,\n  "name": "iris",\n  "version": 3,\n')).toBe(true);
    expect(text.endsWith('  "aardvark": 1\n}\n')).toBe(true);
  });

  /** Every object of the manifest, from the top down to a recorded tensor. */
  const levels: ((manifest: Manifest) => object | undefined)[] = [
    (m) => m,
    (m) => m.files[1],
    (m) => m.signature,
    (m) => m.signature.inputs[0],
    (m) => m.signature.unserved[0],
    (m) => m.preprocess?.[0],
    (m) => m.golden?.[0],
    (m) => m.golden?.[0]?.inputs[0],
    (m) => m.serving,
    (m) => m.provenance,
    (m) => m.baseline,
  ];
  const fieldName = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'prototype', '1', 'ünïcode'));

  test('unknown fields survive at every level', () => {
    const known = new Set(JSON.stringify(wholeManifest()).match(/(?<=")\w+(?=":)/g));
    fc.assert(
      fc.property(
        fc.nat(levels.length - 1),
        fieldName.filter((name) => !known.has(name)),
        fc.jsonValue({ maxDepth: 4 }),
        (level, name, value) => {
          const manifest = wholeManifest();
          const place = levels[level]?.(manifest);
          if (!place) throw new Error(`the whole manifest has no level ${level}`);
          // As JSON.parse does it: an own property, whatever its name.
          Object.defineProperty(place, name, { value, enumerable: true, writable: true, configurable: true });
          const text = JSON.stringify(manifest);
          const again = parseManifest(serializeManifest(parseManifest(new TextEncoder().encode(text))));
          // Not toStrictEqual: it asks a field named "constructor" for the type.
          deepStrictEqual(again, JSON.parse(text));
        },
      ),
    );
  });

  test('equal manifests give equal bytes, whatever the order of their fields', () => {
    const shuffled = (value: unknown, seed: number): unknown => {
      if (Array.isArray(value)) return value.map((item) => shuffled(item, seed));
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item, seed)] as const);
      const at = entries.length ? seed % entries.length : 0;
      return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)]);
    };
    const expected = serializeManifest(wholeManifest());
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        expect(serializeManifest(shuffled(wholeManifest(), seed) as Manifest)).toStrictEqual(expected);
      }),
    );
  });
});

describe('refusals name the place, what was expected and what came', () => {
  test.each<[string, (string | number)[], unknown, RegExp]>([
    ['another format', ['format'], 2, /at format: expected 1, got 2/],
    ['a version of text', ['version'], '3', /at version: expected number, got "3"/],
    ['version 0', ['version'], 0, /at version: expected >=1, got 0/],
    ['a missing name', ['name'], undefined, /at name: this field is required/],
    ['a date that is none', ['createdAt'], 'yesterday', /at createdAt: .*got "yesterday"/],
    ['a hash in upper case', ['files', 1, 'sha256'], 'A'.repeat(64), /at files\[1\]\.sha256: expected .*a-f/],
    ['a negative size', ['files', 0, 'size'], -1, /at files\[0\]\.size: expected >=0, got -1/],
    ['no files', ['files'], [], /at files: expected >=1, got 0/],
    [
      'an unknown datatype',
      ['signature', 'inputs', 0, 'datatype'],
      'FP8',
      /at signature\.inputs\[0\]\.datatype: .*"FP8"/,
    ],
    ['a dimension of -2', ['signature', 'outputs', 1, 'shape', 1], -2, /at signature\.outputs\[1\]\.shape\[1\]: /],
    ['a metric that is no number', ['metrics', 'top 1'], 'good', /at metrics\["top 1"\]: expected number, got "good"/],
    ['a graph that is not among the files', ['graph'], 'other.onnx', /at graph: .*"other\.onnx"/],
    ['labels of no output', ['labels'], { X: ['a'] }, /at labels\["X"\]: .*\(label, probabilities\)/],
    ['a file listed twice', ['files', 1, 'path'], 'model.onnx', /at files\[1\]\.path: "model\.onnx" is listed twice/],
    ['the path of the manifest', ['files', 1, 'path'], 'manifest.json', /at files\[1\]\.path: .*manifest itself/],
    ['an absolute path', ['files', 1, 'path'], '/etc/passwd', /at files\[1\]\.path: .* is absolute/],
    ['a path that climbs', ['files', 1, 'path'], 'a/../../b', /at files\[1\]\.path: .* climbs/],
  ])('%s', (_, path, value, message) => {
    const error = refusal(changed(path, value));
    expect(error).toMatchObject({ code: 'manifest.invalid', kind: 'invalid' });
    expect(error.message).toMatch(message);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"format": 1'],
    ['no object', '[]'],
    ['null', 'null'],
  ])('%s', (_, text) => {
    expect(refusal(new TextEncoder().encode(text)).code).toBe('manifest.invalid');
  });

  test('what is not UTF-8', () => {
    expect(refusal(Uint8Array.of(0x7b, 0xff, 0x7d)).message).toMatch(/not JSON in UTF-8/);
  });

  test.each(['[', '{"a":'])('a million levels of %s neither crash nor hang', (open) => {
    const close = open === '[' ? ']' : '}';
    const deep = `${open.repeat(1e6)}0${close.repeat(1e6)}`;
    expect(refusal(new TextEncoder().encode(`{"x":${deep}}`)).message).toMatch(/nested deeper than 64/);
  });

  test('more bytes than the limit, before they are parsed', () => {
    expect(refusal(new Uint8Array(MAX_MANIFEST_BYTES + 1))).toMatchObject({
      code: 'manifest.too_large',
      kind: 'too-large',
    });
  });

  test('a manifest that could not be read back is not written', () => {
    const provenance = { notes: 'x'.repeat(MAX_MANIFEST_BYTES) };
    expect(() => serializeManifest({ ...smallManifest(), provenance })).toThrow(/more than/);
  });

  test('long values are cut, so that no payload stands in a message', () => {
    expect(refusal(changed(['name'], ['x'.repeat(5000)])).message.length).toBeLessThan(200);
    expect(refusal(changed(['format'], 'x'.repeat(5000))).message.length).toBeLessThan(200);
    expect(refusal(changed(['graph'], 'x'.repeat(5000))).message.length).toBeLessThan(200);
  });

  test('any bytes are taken or refused with our own error', () => {
    const good = serializeManifest(wholeManifest());
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 4 }), (at, bytes) => {
        const mutated = Uint8Array.from(good);
        mutated.set(bytes.subarray(0, good.length - at), at);
        try {
          parseManifest(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(OnnwardError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
