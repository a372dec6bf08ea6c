import { writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { manifestSchema } from '#core/model/manifest.ts';

/** The published JSON Schema of manifest.json, made from the schema that the code itself checks with. */
export function manifestJsonSchema(): string {
  // JSON has no infinities: `finite` has nothing to say there.
  const { $schema, ...schema } = toJsonSchema(manifestSchema, { target: 'draft-07', ignoreActions: ['finite'] });
  const title = 'Manifest of a model version in an Onnward registry';
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(new URL('manifest.schema.json', import.meta.url), manifestJsonSchema());
