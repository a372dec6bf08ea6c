import { describe, expect, test } from 'vitest';
import { bundle } from '#packaging/bundle.ts';

/** What a cold start would pay for, and need not: see docs/architecture/04-cold-start.md. */
describe('the handler as it is deployed', () => {
  const { files, sources } = bundle({ handler: 'functions/inference/handler.ts' });
  const text = Buffer.from(files[0]?.from as Uint8Array).toString();

  test.each([
    ["AWS's SDK", /@(?:aws-sdk|smithy)\//],
    ['what follows aliases', /live-host|registry\/registry/],
    ['images', /png|jpeg/],
    ["ONNX Runtime's own JavaScript", /onnxruntime/],
  ])('does not have %s', (_, unwanted) => {
    expect(sources.filter((source) => unwanted.test(source))).toEqual([]);
  });

  // A bundle hoists what it imports before all else, and to import node:http is to load all of Node's `fetch`.
  test.each(['node:http', 'node:https', 'onnxruntime-node'])('asks for %s by name, and imports it nowhere', (name) => {
    expect(text).toContain(name);
    expect(text).not.toMatch(new RegExp(`\\bimport\\b[^;()]*["']${name}`));
  });
});
