import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseManifest, serializeManifest } from '#core/model/manifest.ts';
import { manifestJsonSchema } from '../../../docs/reference/schema.ts';
import { smallManifest, wholeManifest } from './manifests.ts';

const published = readFileSync(new URL('../../../docs/reference/manifest.schema.json', import.meta.url), 'utf8');
const validate = new Ajv({ formats: { 'date-time': (text) => !Number.isNaN(Date.parse(text)) } }).compile(
  JSON.parse(published),
);

test('the published JSON Schema is the one that the code checks with (else: npm run schema)', () => {
  expect(published).toBe(manifestJsonSchema());
});

describe('the published JSON Schema, by an independent validator', () => {
  test.each([
    ['whole', wholeManifest()],
    ['small', smallManifest()],
    ['extended', { ...wholeManifest(), later: { field: [1] } }],
  ])('takes a %s manifest as it is written', (_, manifest) => {
    const written = JSON.parse(new TextDecoder().decode(serializeManifest(manifest)));
    expect(validate(written), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each<[string, object]>([
    ['another format', { format: 2 }],
    ['version 0', { version: 0 }],
    ['no files', { files: [] }],
    ['a short hash', { files: [{ path: 'model.onnx', sha256: 'abc', size: 1 }] }],
    ['a date that is none', { createdAt: 'yesterday' }],
    ['labels that are no list', { labels: { label: 'setosa' } }],
    ['zero threads', { serving: { threads: 0 } }],
    ['a step without its name', { preprocess: [{ width: 8 }] }],
  ])('refuses %s, as the code does', (_, change) => {
    const manifest = { ...wholeManifest(), ...change };
    expect(validate(manifest)).toBe(false);
    expect(() => parseManifest(new TextEncoder().encode(JSON.stringify(manifest)))).toThrow(/manifest at/);
  });
});
