import { expect, test } from 'vitest';
import { refuseMigration } from '#core/deployment/migration.ts';

test.each(['image', 'zip'] as const)('%s stays as it is', (packaging) => {
  expect(() => refuseMigration('iris', packaging, packaging)).not.toThrow();
});

test.each([
  ['image', 'zip'],
  ['zip', 'image'],
] as const)('%s does not become %s, and the way to it is told', (deployed, configured) => {
  expect(() => refuseMigration('iris', deployed, configured)).toThrow(
    expect.objectContaining({
      code: 'deploy.packaging',
      message: expect.stringContaining(`packaging '${deployed}', and the configuration says '${configured}'`),
      fix: expect.stringMatching(/Take iris out of the configuration.*does not answer in between/),
      fields: { model: 'iris', deployed, configured },
    }),
  );
});
